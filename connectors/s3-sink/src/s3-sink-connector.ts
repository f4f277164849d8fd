import {
  type AlteredOffsets,
  exactlyOnceOf,
  gzip,
  ObjectStoreSinkTask,
  type RawConfig,
  objectNaming,
  type SinkConnector,
  type SinkConnectorContext,
  type SinkConnectorPlugin,
  type SinkSetup,
  writerSettings,
} from '@spillway/framework'

import { objectParameters } from './object-parameters.ts'
import { s3Client } from './s3-client.ts'
import { type S3Config, s3Config } from './s3-config.ts'
import { S3ObjectStore } from './s3-object-store.ts'

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
    const store = storeOf(parsed, config)
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

function storeOf(config: S3Config, raw: RawConfig): S3ObjectStore {
  return new S3ObjectStore(s3Client(config, raw), config['s3.bucket.name'], objectParameters(config))
}

async function s3Setup(raw: RawConfig): Promise<SinkSetup> {
  const config = s3Config.parse(raw)
  const isGzip = config['s3.compression.type'] === 'gzip'
  const writer = await writerSettings(raw, config, isGzip ? gzip(config['s3.compression.level']) : null)
  const store = storeOf(config, raw)
  const exactlyOnce = await exactlyOnceOf(raw, config)
  const mayCreateOnly = config['enable.conditional.writes'] || exactlyOnce.mode !== 'auto'
  return {
    store,
    writer,
    nullValues: {
      behavior: config['behavior.on.null.values'].toLowerCase() as SinkSetup['nullValues']['behavior'],
      report: config['report.null.values.to.dlq'],
    },
    upload: {
      concurrency: config['upload.concurrency'],
      memoryBytes: config['upload.memory.bytes'],
      partBytes: config['s3.part.size'],
      quietRetries: config['s3.part.retries'],
      backoffMs: config['s3.retry.backoff.ms'],
    },
    exactlyOnce: mayCreateOnly ? exactlyOnce : { ...exactlyOnce, mode: 'off' },
    checkAccess: (signal) => store.checkAccess(signal),
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
  createTask: () => new ObjectStoreSinkTask(s3Setup),
}
