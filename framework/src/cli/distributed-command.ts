import { SecretMasker } from '../config/providers/secret-masker.ts'
import { createLogger } from '../observe/logger.ts'
import { startDistributed } from '../worker/distributed/distributed.ts'
import { readWorkerConfig } from './config-file.ts'

/**
 * `spillway distributed <worker>` (Java: `ConnectDistributed`): runs one worker of a cluster until SIGTERM or SIGINT.
 *
 * @param registryModule URL of the module that exports the plugin registry.
 * @returns exit code: 0 after a graceful stop, 1 where the group of the workers refuses this one.
 */
export async function distributedCommand(registryModule: string, workerFile: string): Promise<number> {
  const masker = new SecretMasker()
  const logger = createLogger({
    level: process.env['SPILLWAY_LOG_LEVEL'] ?? 'info',
    mask: (line) => masker.mask(line),
  })
  const stopped = untilSignal()
  const worker = await startDistributed({
    registryModule,
    workerConfig: await readWorkerConfig(workerFile),
    logger,
    masker,
  })
  const reason = await Promise.race([stopped, worker.failed])
  if (reason instanceof Error) logger.fatal({ err: reason }, 'The worker cannot go on')
  else logger.info(`Stopping on ${reason}`)
  await worker.stop()
  logger.info('Stopped')
  return reason instanceof Error ? 1 : 0
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
async function untilSignal(): Promise<NodeJS.Signals> {
  return await new Promise((resolve) => {
    let asked = false
    const onSignal = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(130)
      asked = true
      resolve(signal)
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}
