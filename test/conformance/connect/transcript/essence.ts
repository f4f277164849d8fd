import type { Answer } from './step.ts'

interface Definition {
  readonly name: string
  readonly documentation?: string
  readonly order?: number
}
interface Validated {
  readonly definition: Definition | null
  readonly value: { readonly name: string; readonly value: string | null; readonly errors: readonly string[] }
}

/**
 * The part of an answer that is compared: without what every release, machine or run has its own of (versions, traces
 * below their first line, texts of documentation), and without order where there is none.
 */
export function essence(answer: Answer): unknown {
  const { type, allow, location, body, status } = answer
  return {
    status,
    // Kafka Connect names no type where no resource has answered.
    ...(status < 400 && type !== undefined && { type }),
    ...(status < 400 && allow !== undefined && { allow }),
    ...(location !== undefined && { location: decodeURIComponent(location) }),
    ...(body !== undefined && { body: essenceOf(body) }),
  }
}

function essenceOf(body: unknown): unknown {
  if (typeof body === 'string') return methodsOf(body) ?? pageTitle(body) ?? body
  if (Array.isArray(body)) return body.some(isDefinition) ? body.map(plainDefinition) : body.map(plain)
  if (typeof body === 'object' && body !== null && 'configs' in body) return validation(body as never)
  if (typeof body === 'object' && body !== null && 'offsets' in body) {
    const offsets = body.offsets as { partition: { kafka_partition: number } }[]
    return { offsets: offsets.toSorted((a, b) => a.partition.kafka_partition - b.partition.kafka_partition) }
  }
  return plain(body)
}

/** What OPTIONS answers, in one order. */
function methodsOf(text: string): string | undefined {
  return /^[A-Z]+(, [A-Z]+)*$/.test(text) ? text.split(', ').toSorted().join(', ') : undefined
}

/** A page of Jetty's. */
function pageTitle(text: string): string | undefined {
  return /<title>(.*)<\/title>/.exec(text)?.[1]
}

function isDefinition(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'order_in_group' in entry
}

/** Without `order`, which stands beside `order_in_group` for older clients (docs/compatibility.md). */
function plainDefinition(entry: Definition): unknown {
  const { documentation: _, order: __, ...rest } = entry
  return entry.name.endsWith('plugin.version') ? { ...rest, default_value: null } : rest
}

/** Names, values and errors; whole definitions are compared where a plugin's keys are listed. */
function validation(infos: {
  readonly name: string
  readonly error_count: number
  readonly groups: readonly string[]
  readonly configs: readonly Validated[]
}): unknown {
  const values = infos.configs
    .filter(({ value }) => !value.name.endsWith('plugin.version'))
    .map(({ value: { name, value, errors } }) =>
      errors.length > 0 ? [name, value, ...errors] : [name, value],
    )
  return { ...infos, configs: Object.fromEntries(values.map(([name, ...rest]) => [name, rest])) }
}

/** Without versions, and with the first line of traces alone. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
    if (key === 'version' || key === 'commit') return []
    if (key === 'trace') return [[key, String(item).split('\n')[0]]]
    if (key === 'message') return [[key, withoutPlaces(String(item))]]
    return [[key, plain(item)]]
  })
  return Object.fromEntries(entries)
}

/** Without folders of the machine, and columns that depend on the length of names. */
function withoutPlaces(message: string): string {
  return message
    .replaceAll(/location='[^']*'/g, "location='<place>'")
    .replaceAll(/column: \d+/g, 'column: <n>')
}
