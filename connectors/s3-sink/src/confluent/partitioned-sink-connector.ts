import {
  type AlteredOffsets,
  type ModuleDoor,
  noModules,
  type ObjectStore,
  type Plugins,
  type RawConfig,
  type SinkConnector,
  type SinkConnectorContext,
} from '@spillway/api'
import type { Naming } from '@spillway/object-store'

/** What of a configuration the planning part of a connector needs to know. */
export interface ConnectorParts {
  /**
   * @param plugins those that names may mean, where they are known.
   * @throws {ConfigError}
   */
  check(raw: RawConfig, plugins: Plugins | undefined): void
  /** Where the ledgers of partitions lie; the store is to be closed. */
  ledgers(
    raw: RawConfig,
    modules: ModuleDoor,
  ): Promise<{ readonly naming: Naming; readonly store: ObjectStore }>
}

/** Plans as many tasks as are asked for: Kafka spreads the partitions over them (Java: `S3SinkConnector`). */
export class PartitionedSinkConnector implements SinkConnector {
  readonly #parts: ConnectorParts
  #config: RawConfig = {}
  #name = ''

  constructor(parts: ConnectorParts) {
    this.#parts = parts
  }

  async start(config: RawConfig, context: SinkConnectorContext): Promise<void> {
    this.#parts.check(config, context.modules?.plugins)
    this.#config = config
    this.#name = context.connectorName
  }

  async taskConfigs(maxTasks: number): Promise<RawConfig[]> {
    return Array.from({ length: maxTasks }, () => this.#config)
  }

  /**
   * Deletes the ledgers of partitions that are to be read from their start. Any other offset wins over a ledger by
   * itself, because the commit that sets it has no mark.
   */
  async alterOffsets(
    config: RawConfig,
    offsets: AlteredOffsets,
    _isReset?: boolean,
    modules: ModuleDoor = noModules,
  ): Promise<boolean> {
    const { naming, store } = await this.#parts.ledgers(config, modules)
    try {
      for (const { topic, partition, offset } of offsets) {
        if (offset === null) await store.delete(naming.ledger(this.#name, { topic, partition }))
      }
    } finally {
      store.close()
    }
    return true
  }

  async stop(): Promise<void> {
    this.#config = {}
  }
}
