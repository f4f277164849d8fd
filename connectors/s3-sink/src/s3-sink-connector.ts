import {
  type AlteredOffsets,
  type RawConfig,
  objectNaming,
  type SinkConnector,
  type SinkConnectorContext,
  type SinkConnectorPlugin,
} from '@spillway/framework'

import { s3Config } from './s3-config.ts'

/** Plans as many tasks as are asked for: Kafka spreads the partitions over them (Java: `S3SinkConnector`). */
class S3SinkConnector implements SinkConnector {
  #config: RawConfig = {}
  #name = ''

  async start(config: RawConfig, context: SinkConnectorContext): Promise<void> {
    s3Config.parse(config)
    this.#config = config
    this.#name = context.connectorName
  }

  async taskConfigs(maxTasks: number): Promise<RawConfig[]> {
    return Array.from({ length: maxTasks }, () => this.#config)
  }

  /**
   * Forgets the ledgers of partitions that are to be read from their start; another offset wins over a ledger by itself,
   * as the commit that sets it bears no mark.
   */
  async alterOffsets(config: RawConfig, offsets: AlteredOffsets): Promise<boolean> {
    const parsed = s3Config.parse(config)
    const { s3Store } = await import('./s3-store.ts')
    const store = s3Store(parsed, config)
    try {
      for (const { topic, partition, offset } of offsets) {
        if (offset === null) await store.delete(objectNaming(parsed).ledger(this.#name, { topic, partition }))
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

/** The S3 sink: Confluent's in its keys, object names and boundaries, with memory that does not grow with open files. */
export const s3SinkConnector: SinkConnectorPlugin = {
  kind: 'sink',
  className: 'io.confluent.connect.s3.S3SinkConnector',
  aliases: ['io.spillway.s3.S3SinkConnector'],
  version: '0.1.0',
  doc: 'Writes records to objects in S3 or a store that speaks its protocol.',
  config: s3Config,
  create: () => new S3SinkConnector(),
  createTask: async () => (await import('./s3-sink-task.ts')).s3SinkTask(),
  preview: async (request) => await (await import('./s3-preview.ts')).s3Preview(request),
}
