import {
  type AlteredOffsets,
  type ConfigProblem,
  ConfigProblemsError,
  type ModuleDoor,
  noModules,
  type RawConfig,
  type SinkConnector,
  type SinkConnectorContext,
  type SinkConnectorPlugin,
} from '@spillway/api'
import { isPassedOn, jdbcSinkConfig } from './config/jdbc-sink-config.ts'
import { type SinkSettings, sinkSettings } from './config/sink-settings.ts'
import type { Dialect } from './dialects/dialect.ts'
import { OffsetsTable } from './write/offsets-table.ts'
import { offsetsTableId } from './write/offsets-table-id.ts'
import { connectionText } from './write/write-errors.ts'

/** Plans as many tasks as are asked for: Kafka spreads the partitions over them (Java: `JdbcSinkConnector`). */
class JdbcSinkConnector implements SinkConnector {
  #config: RawConfig = {}

  async start(config: RawConfig, { modules }: SinkConnectorContext): Promise<void> {
    sinkSettings(config, modules?.plugins)
    this.#config = config
  }

  async taskConfigs(maxTasks: number): Promise<RawConfig[]> {
    return Array.from({ length: maxTasks }, () => this.#config)
  }

  async stop(): Promise<void> {
    this.#config = {}
  }

  /** Moves the positions of the offsets table too, where there is one; otherwise Kafka's are all there is. */
  async alterOffsets(
    config: RawConfig,
    offsets: AlteredOffsets,
    isReset = false,
    modules: ModuleDoor = noModules,
  ): Promise<boolean> {
    const settings = sinkSettings(config, modules.plugins)
    if (settings.offsetsTable === '') return true
    const dialect = await dialectOf(settings, modules)
    const table = new OffsetsTable(dialect, offsetsTableId(settings, dialect), config['name'] ?? '')
    const session = await dialect.connect()
    try {
      await table.create(session)
      await table.alter(session, offsets, isReset)
    } finally {
      await session.close()
    }
    return true
  }
}

/** Drivers are loaded where one is needed: the worker's main thread serves connectors of every kind. */
async function dialectOf(settings: SinkSettings, modules: ModuleDoor, isTrial = false): Promise<Dialect> {
  const { createDialect } = await import('./dialects/index.ts')
  return await createDialect(settings, modules, () => undefined, isTrial)
}

/** Connects once, where the configuration has no other fault (Java: Confluent's `JdbcSinkConnector.validate`). */
async function validate(
  config: RawConfig,
  _signal: AbortSignal,
  modules: ModuleDoor,
): Promise<readonly ConfigProblem[]> {
  let settings: SinkSettings
  try {
    settings = sinkSettings(config, modules.plugins)
  } catch (error) {
    // What single keys do wrong is told by the definition; this only adds what it cannot see.
    if (error instanceof ConfigProblemsError) return []
    return [{ key: 'connection.url', message: (error as Error).message }]
  }
  try {
    const dialect = await dialectOf(settings, modules, true)
    try {
      await (await dialect.connect()).close()
    } catch (error) {
      const text = connectionText(dialect, error, settings.trimsSensitive)
      return [{ key: 'connection.url', message: `Could not connect to database. ${text}` }]
    }
  } catch (error) {
    return [{ key: 'connection.url', message: (error as Error).message }]
  }
  return []
}

/** The JDBC sink: the keys of Confluent's and Aiven's, set-based and exactly-once. */
export const jdbcSinkConnector: SinkConnectorPlugin = {
  kind: 'sink',
  className: 'io.confluent.connect.jdbc.JdbcSinkConnector',
  aliases: [
    'io.aiven.connect.jdbc.JdbcSinkConnector',
    'io.aiven.kafka.connect.jdbc.JdbcSinkConnector',
    'io.spillway.jdbc.JdbcSinkConnector',
  ],
  version: '0.1.0',
  doc: 'Writes records to tables of PostgreSQL, MySQL, MariaDB or SQLite.',
  config: jdbcSinkConfig,
  knowsKey: isPassedOn,
  create: () => new JdbcSinkConnector(),
  createTask: async () => new (await import('./jdbc-sink-task.ts')).JdbcSinkTask(),
  validate,
  preview: async (request) => await (await import('./preview/jdbc-preview.ts')).jdbcPreview(request),
}
