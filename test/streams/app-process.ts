import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { StreamsConfig } from '../../transforms/streams/src/index.ts'

const script = fileURLToPath(new URL('counting-process.ts', import.meta.url))

/** An application in a process of its own, killed at the end of its scope. */
export class AppProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly states: string[] = []
  readonly #ended: Promise<unknown>
  #output = ''

  constructor(input: string, output: string, config: StreamsConfig) {
    this.#child = fork(script, [input, output, JSON.stringify(config)], {
      execArgv: ['--conditions=development'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
    this.#child.on('message', (state) => this.states.push(String(state)))
    this.#ended = once(this.#child, 'exit')
  }

  get output(): string {
    return this.#output
  }

  /** Resolves when it has told of the state. */
  async reached(state: string): Promise<void> {
    while (!this.states.includes(state)) {
      const event = await Promise.race([once(this.#child, 'message'), this.#ended.then(() => 'exit')])
      if (event === 'exit' && !this.states.includes(state))
        throw new Error(`the process ended before it was ${state}:\n${this.#output}`)
    }
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  /** Drains and ends; its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM')
    await this.#ended
    return this.#child.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill()
  }
}
