import { releaseStartupMemory } from '../task/release-startup-memory.ts'
import { startStandalone } from '../start/standalone.ts'
import { readConnectorConfig } from './config-file.ts'
import { untilSignal } from './until-signal.ts'
import { readWorkerStart, type WorkerSource } from './worker-start.ts'

/**
 * `spillway standalone <worker> [connector...]` (Java: `ConnectStandalone`): runs until SIGTERM or SIGINT.
 *
 * @returns exit code: 0 after a graceful stop, 1 where the worker or all of its connectors could not start.
 */
export async function standaloneCommand(
  source: WorkerSource,
  connectorFiles: readonly string[],
): Promise<number> {
  // Before anything else: in a container, process 1 ignores a SIGTERM that it does not listen to.
  const stopped = untilSignal()
  const start = await readWorkerStart(source, 'standalone')
  const { logger, masker } = start
  const worker = await startStandalone(start).catch((error: unknown) => masker.rethrow(error))
  releaseStartupMemory()
  let failed = 0
  for (const file of connectorFiles) {
    try {
      const { name, config, initialState } = await readConnectorConfig(file)
      await worker.trustModules(config)
      await worker.herder.putConnectorConfig(name, config, {
        allowReplace: false,
        ...(initialState !== undefined && { initialState }),
      })
      logger.info({ connector: name }, `Created connector ${name} from ${file}`)
    } catch (error) {
      failed++
      process.stderr.write(
        masker.mask(`Failed to create the connector of ${file}: ${(error as Error).message}\n`),
      )
      logger.error({ err: error }, `Failed to create the connector of ${file}`)
    }
  }
  if (failed > 0 && failed === connectorFiles.length) {
    await worker.stop()
    return 1
  }
  const signal = await stopped
  logger.info(`Stopping on ${signal}`)
  await worker.stop()
  logger.info('Stopped')
  return 0
}
