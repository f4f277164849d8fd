import type { Clock } from '@spillway/api'
import type { StreamsLogger } from '../streams-logger.ts'

/** How often it is told, ms. */
const everyMs = 60_000

/** What a client has done so far, and where it stands. */
export interface Activity {
  /** Records that were processed, ever; fewer than before where a thread has ended. */
  readonly processed: number
  readonly commits: number
  /** Records that wait in the inputs; undefined where that is not known yet. */
  readonly lag: number | undefined
  readonly running: number
  readonly restoring: number
  readonly standby: number
}

/** One line a minute that a person can follow, and none where nothing moves. */
export class ActivityLog {
  readonly #clock: Clock
  readonly #logger: StreamsLogger
  readonly #read: () => Activity
  #before: Activity
  #toldAt: number

  constructor(clock: Clock, logger: StreamsLogger, read: () => Activity) {
    this.#clock = clock
    this.#logger = logger
    this.#read = read
    this.#before = read()
    this.#toldAt = clock.monotonic()
  }

  /** To be called more often than it tells. */
  tick(): void {
    const now = this.#clock.monotonic()
    const ms = now - this.#toldAt
    if (ms < everyMs) return
    const [before, is] = [this.#before, this.#read()]
    this.#before = is
    this.#toldAt = now
    const processed = is.processed < before.processed ? is.processed : is.processed - before.processed
    const commits = is.commits < before.commits ? is.commits : is.commits - before.commits
    const isQuiet = processed === 0 && is.lag === before.lag && is.restoring === 0
    if (isQuiet && is.running === before.running && is.standby === before.standby) return
    this.#logger.info(
      `in ${Math.round(ms / 1000)} s ${processed} records processed (${Math.round(processed / (ms / 1000))}/s), ` +
        `${commits} commits; ${is.lag === undefined ? 'unknown how many' : is.lag} records behind; ` +
        `tasks: ${is.running} running, ${is.restoring} restoring, ${is.standby} standby`,
    )
  }
}
