import { type Clock, KafkaAuthError, type LostRecord, ProducerFencedError } from '@spillway/api'
import {
  type ErrorHandlerContext,
  type ExceptionHandlers,
  maySendLater,
  type ProducerRecord,
} from '../config/exception-handlers.ts'
import type { RecordOrigin } from '../context/record-origin.ts'
import type { RecordSink } from '../context/task-context.ts'
import { Headers } from '../core/headers.ts'
import { StreamsException, messageOf } from '../core/errors.ts'
import { TaskCorruptedException, TaskMigratedException } from './errors.ts'
import type { StreamsLogger } from './streams-logger.ts'

export interface ProductionErrorsSettings {
  readonly handler: ExceptionHandlers['production']
  readonly clock: Clock
  readonly logger: StreamsLogger
}

/** How often records that are passed over are told of, ms. */
const logMs = 10_000

/**
 * Records that the producer took, and could not send later: the production exception handler says what becomes of them. Until it
 * has, nothing is committed (KAFKA-4473). Corresponds to Java's `RecordCollectorImpl.recordSendError`.
 */
export class ProductionErrors {
  readonly #settings: ProductionErrorsSettings
  #lost: { readonly record: LostRecord; readonly error: Error }[] = []
  /** What ends the thread: nothing is sent or committed any more. */
  #failure: StreamsException | undefined
  /** Tasks that are to begin anew from what they have committed, and why. */
  readonly #corrupted = new Map<string, StreamsException>()
  #passedOver = 0
  #toldAt = -Infinity

  constructor(settings: ProductionErrorsSettings) {
    this.#settings = settings
  }

  /** Told by the producer: nothing happens before {@link settle}. */
  readonly add = (records: readonly LostRecord[], error: Error): void => {
    for (const record of records) this.#lost.push({ record, error })
  }

  /**
   * Asks the handler about what was lost since the last call.
   *
   * @param send takes dead letters
   * @returns whether there was anything: what was sent has to be waited for
   * @throws StreamsException when the handler says so, or a dead letter is lost: again by each call
   * @throws TaskMigratedException when another producer has taken this one's place
   * @throws TaskCorruptedException while tasks are to begin anew: see {@link revived}
   */
  settle(send: RecordSink['send']): boolean {
    const lost = this.#lost.splice(0)
    for (const { record, error } of lost) {
      if (this.#failure !== undefined) break
      this.#settleOne(record, error, send)
    }
    if (this.#failure !== undefined) throw this.#failure
    const [corrupted] = this.#corrupted.values()
    if (corrupted !== undefined)
      throw new TaskCorruptedException([...this.#corrupted.keys()], false, corrupted.message, corrupted)
    return lost.length > 0
  }

  /** The task has begun anew, or is not here any more. */
  revived(taskId: string): void {
    this.#corrupted.delete(taskId)
  }

  #settleOne(record: LostRecord, error: Error, send: RecordSink['send']): void {
    const origin = record.origin as RecordOrigin | undefined
    const what = describe(record, origin, error)
    if (error instanceof ProducerFencedError) {
      const text = `${what} The producer is fenced: the tasks may have moved.`
      this.#failure = new TaskMigratedException(text, error)
      return
    }
    if (origin === undefined || error instanceof KafkaAuthError) {
      this.#failure = new StreamsException(`${what} This is fatal, no more records are sent.`, error)
      return
    }
    const taskId = origin.task.taskId
    if (origin.isDeadLetter) {
      // It was to be kept: what it tells of must come again.
      if (maySendLater(error)) this.#corrupted.set(taskId, new StreamsException(what, error))
      else
        this.#failure = new StreamsException(
          `${what} It was a dead letter, so nothing can take its place: see to that topic.`,
          error,
        )
      return
    }
    let result: string
    try {
      const response = this.#settings.handler.handleError(contextOf(record, origin), recordOf(record), error)
      const deadLetter = { ...origin, isDeadLetter: true }
      for (const each of response.deadLetterQueueRecords) send(each, deadLetter, record.originOffset)
      result = response.result
    } catch (fatal) {
      this.#failure = new StreamsException(
        `Fatal user code error in production error callback: ${messageOf(fatal)}. It was called since: ${what}`,
        fatal,
      )
      return
    }
    if (result === 'RESUME') this.#passOver(origin, what)
    else if (result === 'RETRY' && maySendLater(error))
      this.#corrupted.set(taskId, new StreamsException(what, error))
    else {
      const isMistaken = result === 'RETRY' ? ' (RETRY is for errors that may pass)' : ''
      this.#failure = new StreamsException(
        `${what} Exception handler chose to FAIL the processing${isMistaken}, no more records are sent. ` +
          'What was read since the last commit is processed again when the application starts again; ' +
          'production.exception.handler says what becomes of such records.',
        error,
      )
    }
  }

  #passOver({ task }: RecordOrigin, what: string): void {
    task.countDropped('production-error')
    this.#passedOver++
    const { clock, logger } = this.#settings
    if (clock.monotonic() - this.#toldAt < logMs) return
    this.#toldAt = clock.monotonic()
    const more = this.#passedOver > 1 ? ` (${this.#passedOver} records since this was told last)` : ''
    this.#passedOver = 0
    logger.warn(`${what} Exception handler chose to CONTINUE processing in spite of this error${more}.`)
  }
}

function describe(record: LostRecord, origin: RecordOrigin | undefined, error: Error): string {
  const of = origin === undefined ? '' : ` for task ${origin.task.taskId}`
  const sender = origin === undefined || origin.node === '' ? '' : ` by ${origin.node}`
  const read =
    origin === undefined || origin.topic === null
      ? ''
      : ` while ${origin.topic}-${origin.partition}@${record.originOffset} was processed`
  return `Error encountered sending record to topic ${record.topic}${of} (sent${sender}${read}) due to: ${error.message}.`
}

/** Java has no raw source record here either: too many would have to be kept. */
function contextOf(
  record: LostRecord,
  { task, node, topic, partition, original }: RecordOrigin,
): ErrorHandlerContext {
  return {
    topic,
    partition,
    offset: record.originOffset,
    headers: Headers.over(record.headers),
    processorNodeId: node,
    taskId: task.taskId,
    timestamp: record.timestamp,
    sourceRawKey: null,
    sourceRawValue: null,
    original,
  }
}

function recordOf({ topic, partition, key, value, headers, timestamp }: LostRecord): ProducerRecord {
  return { topic, partition: partition ?? null, key, value, timestamp, headers: Headers.over(headers) }
}
