import { ConnectError, type ConsumerRecord, isRetriable, type SinkRecord, type SinkTask } from '@spillway/api'
import type { ErrorHandler } from '../failures/error-handler.ts'

/** What became of a batch: all of it delivered, or the records still to be put after a RetriableError. */
export interface Delivered {
  readonly remaining: SinkRecord[]
  readonly error?: unknown
}

/**
 * Puts batches into a task. Where the task says that a failed `put` leaves nothing behind and bad records may be
 * skipped, a batch that fails is halved until the bad record stands alone; that one is reported, the others are put.
 * Connect has nothing like it: there, one bad record in `put` fails the task whatever `errors.tolerance` says.
 */
export class PutDelivery {
  readonly #task: SinkTask
  readonly #className: string
  readonly #errors: ErrorHandler

  constructor(parts: { task: SinkTask; className: string; errors: ErrorHandler }) {
    this.#task = parts.task
    this.#className = parts.className
    this.#errors = parts.errors
  }

  /** @throws {ConnectError} `Exiting WorkerSinkTask due to unrecoverable exception.` where the task must fail. */
  async deliver(batch: SinkRecord[]): Promise<Delivered> {
    const chunks = [batch]
    for (let chunk = chunks.pop(); chunk !== undefined; chunk = chunks.pop()) {
      try {
        await this.#task.put(chunk)
      } catch (error) {
        if (isRetriable(error)) return { remaining: [chunk, ...chunks.toReversed()].flat(), error }
        if (this.#task.isPutAtomic !== true || !this.#errors.toleratesAll || chunk.length === 0) {
          throw new ConnectError('Exiting WorkerSinkTask due to unrecoverable exception.', { cause: error })
        }
        const cut = middleOffset(chunk)
        if (cut === undefined) await this.#report(chunk, error)
        else chunks.push(chunk.slice(cut), chunk.slice(0, cut))
      }
    }
    return { remaining: [] }
  }

  /** Records of one offset are reported once: what was read is what goes to the dead letter queue. */
  async #report(records: readonly SinkRecord[], error: unknown): Promise<void> {
    const origin = records[0]?.origin
    if (origin === null || origin === undefined) {
      throw new ConnectError('Exiting WorkerSinkTask due to unrecoverable exception.', { cause: error })
    }
    await this.#errors.skipOrFail({
      stage: 'TASK_PUT',
      className: this.#className,
      error,
      record: origin as ConsumerRecord,
      attempts: 1,
    })
  }
}

/** Where to cut a chunk near its middle without parting records of one offset; undefined where there is one alone. */
function middleOffset(chunk: readonly SinkRecord[]): number | undefined {
  const middle = chunk.length >> 1
  const isCut = (i: number): boolean => i > 0 && i < chunk.length && chunk[i]?.origin !== chunk[i - 1]?.origin
  for (let distance = 0; distance <= middle; distance++) {
    if (isCut(middle - distance)) return middle - distance
    if (isCut(middle + distance)) return middle + distance
  }
  return undefined
}
