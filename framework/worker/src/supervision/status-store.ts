import type { Clock } from '@spillway/api'
import type { Logger } from 'pino'
import type { State } from '../connector/herder.ts'
import type { TaskId } from '../task/task-id.ts'
import type { LogRecord, OpenLog, RecordLog } from './record-log.ts'

/** The value of a `status-connector-…` or `status-task-…` record; the last three are ours. */
export interface StatusRecord {
  readonly state: State
  readonly trace: string | null
  readonly worker_id: string
  /** Generation of the workers' group in which it was written. */
  readonly generation: number
  readonly version?: string
  readonly notice?: string
  readonly restarts?: number
  readonly next_restart?: string
}

/** The states of connectors and tasks, and the topics they read, as a log tells them (Java: `StatusBackingStore`). */
export class StatusStore {
  readonly #log: RecordLog
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #statuses = new Map<string, StatusRecord>()
  readonly #topics = new Map<string, Set<string>>()
  /** Safe writes that still look at what others have written; a later write of the same key takes their place. */
  readonly #looking = new Map<string, symbol>()

  constructor(openLog: OpenLog, clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
    this.#log = openLog((record) => this.#take(record))
  }

  async start(): Promise<void> {
    await this.#log.start()
  }

  async close(): Promise<void> {
    await this.#log.close()
  }

  connector(name: string): StatusRecord | undefined {
    return this.#statuses.get(connectorKey(name))
  }

  task(id: TaskId): StatusRecord | undefined {
    return this.#statuses.get(taskKey(id))
  }

  topics(connector: string): string[] {
    return [...(this.#topics.get(connector) ?? [])]
  }

  async putConnector(name: string, status: StatusRecord): Promise<void> {
    await this.#put(connectorKey(name), status)
  }

  async putTask(id: TaskId, status: StatusRecord): Promise<void> {
    await this.#put(taskKey(id), status)
  }

  /** Writes what must not hide that another worker has taken the task over meanwhile (Java: `putSafe`). */
  async putTaskSafe(id: TaskId, status: StatusRecord): Promise<void> {
    await this.#putSafe(taskKey(id), status)
  }

  async putConnectorSafe(name: string, status: StatusRecord): Promise<void> {
    await this.#putSafe(connectorKey(name), status)
  }

  /** Forgets a connector that is gone, if this worker was the last to write about it. */
  async removeConnector(name: string, workerId: string): Promise<void> {
    await this.#remove(connectorKey(name), workerId)
  }

  async removeTask(id: TaskId, workerId: string): Promise<void> {
    await this.#remove(taskKey(id), workerId)
  }

  async addTopic(topic: string, id: TaskId): Promise<void> {
    if (this.#topics.get(id.connector)?.has(topic) === true) return
    const value = {
      topic: { name: topic, connector: id.connector, task: id.task, discoverTimestamp: this.#clock.now() },
    }
    await this.#send([{ key: topicKey(topic, id.connector), value }])
  }

  /** Returns when this worker knows it, too. */
  async resetTopics(connector: string): Promise<void> {
    const topics = this.topics(connector)
    if (topics.length === 0) return
    await this.#log.send(topics.map((topic) => ({ key: topicKey(topic, connector), value: null })))
    await this.#log.readToEnd()
  }

  async #put(key: string, status: StatusRecord): Promise<void> {
    this.#looking.delete(key)
    await this.#send([{ key, value: status }])
  }

  async #putSafe(key: string, status: StatusRecord): Promise<void> {
    const mine = Symbol(key)
    this.#looking.set(key, mine)
    try {
      // A worker that was frozen has not read yet who took its work over.
      await this.#log.readToEnd()
    } catch (error) {
      if (this.#looking.get(key) === mine) this.#looking.delete(key)
      this.#logger.warn({ err: error }, `The status ${key} is not written: the present one cannot be read`)
      return
    }
    if (this.#looking.get(key) !== mine) return
    this.#looking.delete(key)
    const present = this.#statuses.get(key)
    if (
      present !== undefined &&
      present.worker_id !== status.worker_id &&
      present.generation > status.generation
    ) {
      return
    }
    await this.#put(key, status)
  }

  async #remove(key: string, workerId: string): Promise<void> {
    this.#looking.delete(key)
    if (this.#statuses.get(key)?.worker_id === workerId) await this.#send([{ key, value: null }])
  }

  /** A status that cannot be written is no reason to end what it is about. */
  async #send(records: readonly { readonly key: string; readonly value: unknown }[]): Promise<void> {
    try {
      await this.#log.send(records)
    } catch (error) {
      this.#logger.error(
        { err: error },
        `Writing the status ${records.map(({ key }) => key).join(', ')} failed`,
      )
    }
  }

  #take({ key, value }: LogRecord): void {
    const [, topic, connector] = /^status-topic-([^:]+):connector-(.+)$/s.exec(key) ?? []
    if (topic !== undefined && connector !== undefined) {
      const topics = this.#topics.get(connector) ?? new Set<string>()
      this.#topics.set(connector, topics)
      if (value === null) topics.delete(topic)
      else topics.add(topic)
    } else if (/^status-(connector|task)-/.test(key)) {
      if (value === null) this.#statuses.delete(key)
      else if (isStatus(value)) this.#statuses.set(key, value)
    }
  }
}

function isStatus(value: unknown): value is StatusRecord {
  const fields = value as Partial<StatusRecord> | undefined
  return typeof fields?.state === 'string' && typeof fields.worker_id === 'string'
}

function connectorKey(name: string): string {
  return `status-connector-${name}`
}

function taskKey({ connector, task }: TaskId): string {
  return `status-task-${connector}-${task}`
}

function topicKey(topic: string, connector: string): string {
  return `status-topic-${topic}:connector-${connector}`
}
