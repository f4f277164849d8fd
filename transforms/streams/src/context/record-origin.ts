import type { RecordPosition } from './original-position.ts'

/** What is to be known of a task whose record cannot be sent. */
export interface SendingTask {
  readonly taskId: string
  /** Of the record in process; null in punctuations. */
  readonly topic: string | null
  readonly partition: number
  readonly original: RecordPosition | null
  countDropped(reason: 'production-error'): void
}

/** Where records that are sent come from: who has sent them, and the partition that was read. One object for many records. */
export interface RecordOrigin {
  readonly task: SendingTask
  /** The node, or the store whose change is logged. */
  readonly node: string
  /** Null in punctuations. */
  readonly topic: string | null
  readonly partition: number
  /** Where it was read first: of each record its own, so known only where dead letters are written. */
  readonly original: RecordPosition | null
  /** Not of the topology: it tells of an error, so it must not be passed over like one of its records. */
  readonly isDeadLetter: boolean
}

/** The origins of what one node sends. */
export class RecordOrigins {
  readonly #task: SendingTask
  readonly #node: string
  readonly #isDeadLetter: boolean
  readonly #byTopic = new Map<string | null, RecordOrigin>()
  #last: RecordOrigin

  constructor(task: SendingTask, node: string, isDeadLetter = false) {
    this.#task = task
    this.#node = node
    this.#isDeadLetter = isDeadLetter
    this.#last = this.#make(null, -1)
  }

  /** Of the record in process. */
  current(): RecordOrigin {
    const { topic, partition, original } = this.#task
    if (original !== null) return this.#make(topic, partition, original)
    if (this.#last.topic === topic) return this.#last
    const known = this.#byTopic.get(topic)
    // A task reads one partition of a topic.
    this.#last = known ?? this.#make(topic, partition)
    if (known === undefined) this.#byTopic.set(topic, this.#last)
    return this.#last
  }

  #make(topic: string | null, partition: number, original: RecordPosition | null = null): RecordOrigin {
    return {
      task: this.#task,
      node: this.#node,
      topic,
      partition,
      original,
      isDeadLetter: this.#isDeadLetter,
    }
  }
}
