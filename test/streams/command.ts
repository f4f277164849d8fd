import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')
const BIN = join(root, 'spillway', 'bin', 'spillway.js')

/** How a command ended. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A process that runs until it is told to stop, or by itself. */
export class RunningCommand implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #exit: Promise<unknown>
  out = ''
  err = ''

  constructor(command: string, args: readonly string[], cwd: string) {
    this.#child = spawn(command, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stdout?.on('data', (bytes: Buffer) => (this.out += bytes.toString()))
    this.#child.stderr?.on('data', (bytes: Buffer) => (this.err += bytes.toString()))
    this.#exit = once(this.#child, 'close')
  }

  /** Its input ends with the text. */
  say(text: string): void {
    this.#child.stdin?.end(text)
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async ended(): Promise<Ended> {
    await this.#exit
    return { code: this.#child.exitCode, out: this.out, err: this.err }
  }

  /** SIGTERM, and how it ended. */
  async stop(): Promise<Ended> {
    this.kill('SIGTERM')
    return await this.ended()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) this.kill('SIGKILL')
    await this.#exit
  }
}

/** The built `spillway`, as users run it. */
export function startSpillway(cwd: string, ...args: readonly string[]): RunningCommand {
  return new RunningCommand(process.execPath, [BIN, ...args], cwd)
}

/** Runs `spillway` to its end. */
export async function spillway(cwd: string, ...args: readonly string[]): Promise<Ended> {
  const command = startSpillway(cwd, ...args)
  command.say('')
  return await command.ended()
}
