import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { until } from '../support/until.ts'

/** What a {@link StreamsProcess} tells its child. */
export type AppOrder =
  | {
      readonly kind: 'start'
      readonly id: string
      /** Name of a case, or of one of the kill test's. */
      readonly topology: string
      /** Prefix of all topics and groups on the broker. */
      readonly namespace: string
      readonly config: Readonly<Record<string, string | number>>
    }
  | { readonly kind: 'stop'; readonly id: string }

/** What the child tells. */
export type AppReport =
  | {
      readonly kind: 'state'
      readonly id: string
      readonly state: string
      readonly tasks: readonly string[]
      readonly at: number
    }
  | { readonly kind: 'log'; readonly id: string; readonly line: string; readonly at: number }
  | { readonly kind: 'joined'; readonly id: string; readonly generation: number }

const program = join(import.meta.dirname, 'streams-process.fixture.ts')

/** An application within a process, as far as it has told of itself. */
export class RemoteApp {
  readonly id: string
  state = 'CREATED'
  tasks: readonly string[] = []
  /** Of the group: how often it has rebalanced. */
  generation = 0
  readonly log: { readonly at: number; readonly line: string }[] = []
  readonly #order: (order: AppOrder) => void

  constructor(id: string, order: (order: AppOrder) => void) {
    this.id = id
    this.#order = order
  }

  take(report: AppReport): void {
    if (report.kind === 'log') {
      this.log.push({ at: report.at, line: report.line })
      return
    }
    if (report.kind === 'joined') {
      this.generation = report.generation
      return
    }
    this.state = report.state
    if (report.state === 'RUNNING') this.tasks = report.tasks
  }

  get hasEnded(): boolean {
    return this.state === 'ERROR' || this.state === 'NOT_RUNNING'
  }

  shown(): string {
    return this.log.map(({ at, line }) => `${new Date(at).toISOString()} ${line}`).join('\n')
  }

  async running(): Promise<void> {
    await until(`${this.id} runs`, () => {
      if (this.hasEnded || this.log.some(({ line }) => line.startsWith('start failed')))
        throw new Error(`${this.id} is ${this.state}:\n${this.shown()}`)
      return this.state === 'RUNNING'
    })
  }

  async ended(): Promise<void> {
    await until(`${this.id} has ended`, () => this.hasEnded)
  }

  async stop(): Promise<void> {
    this.#order({ kind: 'stop', id: this.id })
    await this.ended()
  }
}

/** A process that runs `KafkaStreams` applications. */
export class StreamsProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #apps = new Map<string, RemoteApp>()
  readonly #exit: Promise<unknown>

  constructor() {
    this.#child = fork(program, { execArgv: ['--conditions=development'] })
    this.#exit = once(this.#child, 'exit')
    this.#child.on('message', (report: AppReport) => this.#apps.get(report.id)?.take(report))
  }

  start(order: Omit<Extract<AppOrder, { kind: 'start' }>, 'kind'>): RemoteApp {
    const app = new RemoteApp(order.id, (each) => void this.#child.send(each))
    this.#apps.set(order.id, app)
    this.#child.send({ kind: 'start', ...order })
    return app
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal)
  }

  /** SIGKILL, and until it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    await this.#exit
  }
}
