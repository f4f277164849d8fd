import { startDistributed } from '../start/distributed.ts'
import { releaseStartupMemory } from '../task/release-startup-memory.ts'
import { untilSignal } from './until-signal.ts'
import { readWorkerStart, type WorkerSource } from './worker-start.ts'

/**
 * `spillway distributed <worker>` (Java: `ConnectDistributed`): runs one worker of a cluster until SIGTERM or SIGINT.
 *
 * @returns exit code: 0 after a graceful stop, 1 where the group of the workers refuses this one.
 */
export async function distributedCommand(source: WorkerSource): Promise<number> {
  const stopped = untilSignal()
  const start = await readWorkerStart(source, 'distributed')
  const { logger, masker } = start
  const worker = await startDistributed(start).catch((error: unknown) => masker.rethrow(error))
  releaseStartupMemory()
  const reason = await Promise.race([stopped, worker.failed])
  if (reason instanceof Error) logger.fatal({ err: reason }, 'The worker cannot go on')
  else logger.info(`Stopping on ${reason}`)
  await worker.stop()
  logger.info('Stopped')
  return reason instanceof Error ? 1 : 0
}
