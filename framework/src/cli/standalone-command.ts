import { SecretMasker } from '../config/providers/secret-masker.ts'
import { createLogger } from '../observe/logger.ts'
import { startStandalone } from '../worker/standalone.ts'
import { readConnectorConfig, readWorkerConfig } from './config-file.ts'

/**
 * `spillway standalone <worker> [connector...]` (Java: `ConnectStandalone`): runs until SIGTERM or SIGINT.
 *
 * @param registryModule URL of the module that exports the plugin registry.
 * @returns exit code: 0 after a graceful stop, 1 where the worker or all of its connectors could not start.
 */
export async function standaloneCommand(
  registryModule: string,
  workerFile: string,
  connectorFiles: readonly string[],
): Promise<number> {
  const masker = new SecretMasker()
  const logger = createLogger({
    level: process.env['SPILLWAY_LOG_LEVEL'] ?? 'info',
    mask: (line) => masker.mask(line),
  })
  const worker = await startStandalone({
    registryModule,
    workerConfig: await readWorkerConfig(workerFile),
    logger,
    masker,
  })
  const stopped = untilSignal()
  let failed = 0
  for (const file of connectorFiles) {
    try {
      const { name, config, initialState } = await readConnectorConfig(file)
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
