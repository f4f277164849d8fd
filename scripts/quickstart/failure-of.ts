interface State {
  readonly state: string
  readonly trace?: string
}

interface Connectors {
  readonly [name: string]: {
    readonly status: {
      readonly connector: State
      readonly tasks: readonly (State & { readonly id: number })[]
    }
  }
}

const ASK_MS = 2000

/** Why a connector or task of a worker has FAILED, in a line or two; undefined where none has, or nobody answers yet. */
export async function failureOf(rest: string): Promise<string | undefined> {
  let connectors: Connectors
  try {
    const reply = await fetch(`${rest}/connectors?expand=status`, { signal: AbortSignal.timeout(ASK_MS) })
    if (!reply.ok) return undefined
    connectors = (await reply.json()) as Connectors
  } catch {
    return undefined
  }
  for (const [name, { status }] of Object.entries(connectors)) {
    if (status.connector.state === 'FAILED')
      return `Connector ${name} has FAILED: ${reasonOf(status.connector)}`
    const task = status.tasks.find(({ state }) => state === 'FAILED')
    if (task !== undefined) return `Task ${task.id} of ${name} has FAILED: ${reasonOf(task)}`
  }
  return undefined
}

/** What a trace says before it says where. */
function reasonOf({ trace = 'it gives no reason' }: State): string {
  const lines = trace.split('\n')
  const places = lines.findIndex((line) => /^\s+at /.test(line))
  return lines.slice(0, places < 0 ? 5 : places).join('\n')
}
