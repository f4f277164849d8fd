import { ConfigError, SecretMasker } from '@spillway/api'
import type { Logger } from 'pino'
import { parseLogLevel } from '../observe/log-levels.ts'
import { createLogger } from '../observe/logger.ts'
import type { WorkerStart } from '../start/worker-assembly.ts'
import { readWorkerConfig } from './config-file.ts'
import { type Environment, type EnvironmentSettings, settingsFromEnv, type WorkerKind } from './env-config.ts'

/** Where a worker's configuration is: a file, or `CONNECT_*` variables. */
export interface WorkerSource {
  /** URL of the module that exports the plugin registry. */
  readonly registryModule: string
  readonly config: { readonly file: string } | { readonly env: Environment }
}

/**
 * Reads what a worker is started with, and makes its log.
 * @throws {ConfigError} where the file cannot be read, or required variables are missing.
 */
export async function readWorkerStart(
  { registryModule, config }: WorkerSource,
  kind: WorkerKind,
): Promise<WorkerStart> {
  const settings: EnvironmentSettings =
    'env' in config
      ? settingsFromEnv(config.env, kind)
      : { config: await readWorkerConfig(config.file), logLevels: {} }
  const masker = new SecretMasker()
  const level = logLevelOf(process.env['SPILLWAY_LOG_LEVEL'] ?? settings.logLevel ?? 'INFO')
  return {
    registryModule,
    workerConfig: settings.config,
    logger: createLogger({ level, mask: (line) => masker.mask(line) }),
    logLevels: settings.logLevels,
    masker,
  }
}

/** The log of a command: its level by SPILLWAY_LOG_LEVEL. @throws {ConfigError} for a level that there is not. */
export function commandLogger(): Logger {
  return createLogger({ level: logLevelOf(process.env['SPILLWAY_LOG_LEVEL'] ?? 'INFO') })
}

/** The log's name of a level that is written in any case. */
function logLevelOf(text: string): string {
  const level = parseLogLevel(text === 'silent' ? 'OFF' : text)
  if (level === undefined) {
    throw new ConfigError(
      `Invalid value ${text} for environment variable SPILLWAY_LOG_LEVEL: levels are off, fatal, error, warn, info, debug, trace.`,
    )
  }
  return level === 'OFF' ? 'silent' : level === 'ALL' ? 'trace' : level.toLowerCase()
}
