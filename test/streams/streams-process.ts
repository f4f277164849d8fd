import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { StreamsConfig } from '../../transforms/streams/src/index.ts'
import { until } from '../support/until.ts'
import type { Answer } from './asking.ts'

/** What a {@link StreamsProcess} tells its child. */
export type AppOrder =
  | {
      readonly kind: 'start'
      readonly id: string
      /** Name of a case, of one of the kill test's, or `counting` with {@link inputKey} and {@link outputKey} in its configuration. */
      readonly topology: string
      /** Prefix of all topics and groups on the broker. */
      readonly namespace: string
      readonly config: StreamsConfig
    }
  | { readonly kind: 'stop'; readonly id: string }
  | { readonly kind: 'ask'; readonly id: string; readonly key: string }

/** Configuration keys with the topics of `counting`. */
export const inputKey = 'test.input'
export const outputKey = 'test.output'

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
  | { readonly kind: 'answer'; readonly id: string; readonly answer: Answer }

const program = join(import.meta.dirname, 'streams-process.fixture.ts')

/** An application within a process, as far as it has told of itself. */
export class RemoteApp {
  readonly id: string
  state = 'CREATED'
  tasks: readonly string[] = []
  /** Of the group: how often it has rebalanced. */
  generation = 0
  /** How often its threads were given an assignment. */
  assignments = 0
  readonly log: { readonly at: number; readonly line: string }[] = []
  readonly #answers: Answer[] = []
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
      this.assignments++
      return
    }
    if (report.kind === 'answer') {
      this.#answers.push(report.answer)
      return
    }
    this.state = report.state
    if (report.state === 'RUNNING') this.tasks = report.tasks
  }

  get hasStarted(): boolean {
    return this.hasLogged(/^started$/)
  }

  get hasEnded(): boolean {
    return this.state === 'ERROR' || this.state === 'NOT_RUNNING'
  }

  shown(): string {
    return this.log.map(({ at, line }) => `${new Date(at).toISOString()} ${line}`).join('\n')
  }

  /** Whether a line of its log matches. */
  hasLogged(pattern: RegExp): boolean {
    return this.log.some(({ line }) => pattern.test(line))
  }

  async running(): Promise<void> {
    await until(`${this.id} runs`, () => {
      if (this.hasEnded || this.hasLogged(/^start failed/))
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

  /** What it knows of a key of the store `counts`; one question at a time. */
  async ask(key: string): Promise<Answer> {
    this.#order({ kind: 'ask', id: this.id, key })
    await until(`${this.id} answers`, () => this.#answers.length > 0)
    return this.#answers.shift() as Answer
  }
}

/** One application in a process of its own, which ends with its scope. */
export interface CountingProcess extends AsyncDisposable {
  readonly process: StreamsProcess
  readonly app: RemoteApp
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

  /** Counts from one topic to another, in a process of its own. */
  static counting(input: string, output: string, config: StreamsConfig): CountingProcess {
    const process = new StreamsProcess()
    const topics = { [inputKey]: input, [outputKey]: output }
    const app = process.start({
      id: 'counting',
      topology: 'counting',
      namespace: '',
      config: { ...config, ...topics },
    })
    return { process, app, [Symbol.asyncDispose]: async () => await process[Symbol.asyncDispose]() }
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal)
  }

  /** SIGKILL, and until it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exit
  }

  /** SIGTERM: its applications drain. Its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM')
    await this.#exit
    return this.#child.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    await this.#exit
  }
}
