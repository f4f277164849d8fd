import type { RawConfig } from '@spillway/api'
import { type RestService, startRest } from '../rest/rest-service.ts'
import type { Herder } from '../connector/herder.ts'
import { StandaloneHerder } from '../herder/standalone-herder.ts'
import { advertisedAddress, assembleWorker, type WorkerStart } from './worker-assembly.ts'
import { isForeignWorkerKey, standaloneConfig } from '../config/worker-config.ts'

/** A worker that runs. */
export interface StartedWorker {
  readonly herder: Herder
  /** Where the REST API is. */
  readonly url: string
  /** Commits, stops tasks and connectors, closes the REST API. Idempotent. */
  stop(): Promise<void>
}

/** A standalone worker that runs. */
export interface StartedStandaloneWorker extends StartedWorker {
  /** Lets a connector have the modules that its file on the command line names, wherever they lie. */
  trustModules(config: RawConfig): Promise<void>
}

/**
 * Starts a standalone worker (Java: `ConnectStandalone`).
 * @throws {ConfigProblemsError} with everything wrong in the configuration; {ConnectError} where Kafka is not there.
 */
export async function startStandalone(parts: WorkerStart): Promise<StartedStandaloneWorker> {
  const { logger } = parts
  const assembly = await assembleWorker(parts, {
    keys: standaloneConfig.keys,
    parse: (raw) => standaloneConfig.parse(raw),
    unknownKeys: (raw) => standaloneConfig.unknownKeys(raw, isForeignWorkerKey),
  })
  const { config, pool, buffers } = assembly
  const herder = new StandaloneHerder({ ...assembly, logger })
  await herder.start()
  let rest: RestService
  try {
    rest = await startRest({
      config,
      rawConfig: assembly.resolved,
      herder,
      pool,
      buffers,
      logger,
      masker: assembly.masker,
      logLevels: parts.logLevels,
    })
  } catch (error) {
    await herder.stop()
    throw error
  }
  herder.workerId = advertisedAddress(config, Number(new URL(rest.url).port) || undefined)
  logger.info(`REST API on ${rest.url}, Kafka cluster ${assembly.kafkaClusterId}`)
  for (const url of rest.urls.slice(1)) logger.info(`REST API also on ${url}`)
  for (const url of rest.adminUrls) logger.info(`Admin API on ${url}`)
  let stopping: Promise<void> | undefined
  return {
    herder,
    url: rest.url,
    trustModules: async (written) =>
      assembly.modules.trust((await assembly.transformer.transform(written)).config),
    stop: async () => {
      stopping ??= (async () => {
        await herder.stop()
        await rest.close()
      })()
      await stopping
    },
  }
}
