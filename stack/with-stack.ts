/**
 * Runs a command against servers that exist for it alone, and leaves nothing behind however it ends:
 *
 *     node stack/with-stack.ts kafka s3 -- node --test test/
 *
 * The servers live in a folder of their own on free ports; the command finds them by the SPILLWAY_* variables
 * (`endpointsFromEnv()`). Signals are passed on to it, its exit code becomes this one's.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { PrivateStack } from './private-stack.ts'
import { envOf, parseServerNames } from './settings.ts'
import { StackError } from './stack-error.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** How long the command may take to end after a signal before it is killed. */
const GRACE_MS = 20_000

async function main(args: readonly string[]): Promise<number> {
  const separator = args.indexOf('--')
  const [command, ...rest] = separator === -1 ? [] : args.slice(separator + 1)
  if (command === undefined) {
    process.stderr.write('usage: node stack/with-stack.ts [servers] -- <command> [arguments]\n')
    return 2
  }
  const names = parseServerNames(args.slice(0, separator))

  const interruption = new AbortController()
  let received: NodeJS.Signals | undefined
  let child: ChildProcess | undefined
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // The second signal is from somebody who does not want to wait.
      if (child !== undefined) signalGroup(child, received === undefined ? signal : 'SIGKILL')
      received ??= signal
      interruption.abort(new StackError(`interrupted by ${signal}`))
    })
  }

  const stack = await PrivateStack.create()
  try {
    await stack.start(names, { report, signal: interruption.signal })
    interruption.signal.throwIfAborted()
    child = startCommand(command, rest, { ...process.env, ...envOf(stack.settings) })
    const code = await endOf(child, interruption.signal)
    return received === undefined ? code : exitCodeOf(received)
  } catch (error) {
    if (!(error instanceof StackError)) throw error
    report(error.message)
    return received === undefined ? 1 : exitCodeOf(received)
  } finally {
    if (child !== undefined) signalGroup(child, 'SIGKILL')
    for (const leftover of stack.killCommands()) report(`killed what the command left running: ${leftover}`)
    await stack.remove()
  }
}

/** Its own process group: a Ctrl-C reaches it once, through us, and its children can be ended with it. */
function startCommand(command: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const bin = join(dirname(import.meta.dirname), 'node_modules', '.bin')
  const path = `${bin}${delimiter}${env['PATH'] ?? ''}`
  return spawn(command, args, { stdio: 'inherit', detached: true, env: { ...env, PATH: path } })
}

/** Waits for the command to end, after a signal not for ever. */
async function endOf(child: ChildProcess, interrupted: AbortSignal): Promise<number> {
  const ended = new AbortController()
  const end = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(new StackError(`cannot run ${child.spawnfile}: ${error.message}`)))
    child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : exitCodeOf(signal)))
  }).finally(() => ended.abort())
  interrupted.addEventListener('abort', () => void killAfterGrace(child, ended.signal), { once: true })
  return end
}

async function killAfterGrace(child: ChildProcess, ended: AbortSignal): Promise<void> {
  const timeIsUp = await delay(GRACE_MS, true, { signal: ended }).catch(() => false)
  if (timeIsUp) signalGroup(child, 'SIGKILL')
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}

function report(line: string): void {
  process.stderr.write(`${line}\n`)
}

process.exitCode = await main(process.argv.slice(2))
