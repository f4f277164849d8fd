import { parseServerNames, SERVER_NAMES } from './settings.ts'
import { attachStack } from './stack.ts'
import type { Stack, StartResult } from './stack.ts'
import { StackError } from './stack-error.ts'

const USAGE = `npm run stack -- <command> [names]

  up [names]      start servers and wait until they serve (default: kafka s3)
  down [names]    stop servers, keep their data (default: all)
  status          what runs where
  logs <name>     the end of a server's log
  reset [names]   delete the data of servers, start again those that ran (default: all)

Names: ${SERVER_NAMES.join(', ')}. Ports and folders: stack/README.md.`

const LOG_LINES = 200

type Command = (stack: Stack, names: readonly string[], signal: AbortSignal) => Promise<void>

const COMMANDS: Readonly<Record<string, Command>> = {
  async up(stack, names, signal) {
    const wanted = parseServerNames(names.length === 0 ? ['kafka', 's3'] : names)
    await stack.start(wanted, { report: print, signal, onReady: printStarted })
  },

  async down(stack, names) {
    const stopped = await stack.stop(names.length === 0 ? SERVER_NAMES : parseServerNames(names))
    print(stopped.length === 0 ? 'nothing was running' : `stopped ${stopped.join(', ')}`)
  },

  async status(stack) {
    const rows = (await stack.status()).map(({ name, state, address, pid, startedAt, title }) => [
      name,
      state,
      address,
      pid === undefined ? '-' : String(pid),
      startedAt === undefined ? '-' : formatAge(Date.now() - startedAt),
      title,
    ])
    printTable([['NAME', 'STATE', 'ADDRESS', 'PID', 'UP', 'SERVER'], ...rows])
  },

  async logs(stack, names) {
    const [name, ...more] = parseServerNames(names)
    if (name === undefined || more.length > 0)
      throw new StackError(`logs takes one of ${SERVER_NAMES.join(', ')}`)
    process.stderr.write(`${stack.logFile(name)}\n`)
    print(stack.logTail(name, LOG_LINES))
    return Promise.resolve()
  },

  async reset(stack, names, signal) {
    const wanted = names.length === 0 ? SERVER_NAMES : parseServerNames(names)
    const started = await stack.reset(wanted, { report: print, signal })
    print(`deleted the data of ${wanted.join(', ')}`)
    for (const result of started) printStarted(result)
  },
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...names] = args
  const command = name === undefined ? undefined : COMMANDS[name]
  const asksForHelp = args.includes('--help') || args.includes('-h')
  if (asksForHelp || command === undefined) {
    const complaint = asksForHelp || name === undefined ? '' : `no command '${name}'\n`
    process.stderr.write(`${complaint}${USAGE}\n`)
    return asksForHelp ? 0 : 2
  }
  const interruption = new AbortController()
  let exitCode = 1
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(signal, () => {
      exitCode = code
      interruption.abort(new StackError(`interrupted by ${signal}`))
    })
  }
  try {
    await command(attachStack(), names, interruption.signal)
    return 0
  } catch (error) {
    if (!(error instanceof StackError) && !isSystemError(error)) throw error
    process.stderr.write(`${error.message}\n`)
    return exitCode
  }
}

/** A folder that may not be written, a full disk: the message says what and where, a stack trace adds nothing. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function printStarted({ name, address, pid, wasRunning, durationMs }: StartResult): void {
  const how = wasRunning ? 'already running' : `ready in ${(durationMs / 1000).toFixed(1)} s`
  print(`${name.padEnd(9)} ${address.padEnd(22)}  ${how} (pid ${pid})`)
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  for (const row of rows)
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}

function formatAge(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return `${Math.floor(ms / 1000)} s`
  if (minutes < 60) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

process.exitCode = await main(process.argv.slice(2))
