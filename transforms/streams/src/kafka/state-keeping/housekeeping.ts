import type { Clock } from '@spillway/api'
import { messageOf } from '../../core/errors.ts'
import type { ActivityLog } from '../watching/activity-log.ts'
import type { StateDirectory } from '../state-directory.ts'
import type { DeletedChangelogs } from '../topics/deleted-changelogs.ts'
import type { StateLags } from './state-lags.ts'
import type { StreamsLogger } from '../streams-logger.ts'

/** How often state that lies on disk is compared with its changelogs, and problems are told, ms. */
const lagsMs = 10_000

export interface HousekeepingSettings {
  readonly directory: StateDirectory
  readonly lags: StateLags
  readonly clock: Clock
  /** `state.cleanup.delay.ms` */
  readonly cleanUpMs: number
  /** What keeps threads from their work at present, in words. */
  readonly problems: () => readonly string[]
  readonly activity: ActivityLog
  readonly changelogs: DeletedChangelogs
  readonly logger: StreamsLogger
}

/**
 * Compares state on disk with its changelogs, looks whether these are there, and deletes what nobody has used for a while, until the
 * signal. Corresponds to Java's `stateDirCleaner`.
 */
export async function keepHouse(settings: HousekeepingSettings, signal: AbortSignal): Promise<void> {
  await Promise.all([settings.changelogs.run(signal), keepState(settings, signal)])
}

async function keepState(settings: HousekeepingSettings, signal: AbortSignal): Promise<void> {
  const { clock, cleanUpMs, lags, problems, logger } = settings
  let cleaned = clock.monotonic()
  while (!signal.aborted) {
    await clock.sleep(Math.max(1, Math.min(lagsMs, cleanUpMs)), signal).catch(() => undefined)
    if (signal.aborted) return
    for (const problem of problems()) logger.warn(problem)
    settings.activity.tick()
    await lags.refresh()
    const now = clock.monotonic()
    if (now - cleaned < cleanUpMs) continue
    cleaned = now
    cleanUp(settings, clock.now())
  }
}

function cleanUp({ directory, cleanUpMs, logger }: HousekeepingSettings, now: number): void {
  try {
    for (const taskId of directory.cleanUp(now, cleanUpMs))
      logger.info(`deleted the state of task ${taskId}, which nobody has used for ${cleanUpMs} ms`)
  } catch (error) {
    logger.warn(`state could not be deleted: ${messageOf(error)}`)
  }
}
