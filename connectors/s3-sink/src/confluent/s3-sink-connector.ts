import type { SinkConnectorPlugin } from '@spillway/api'
import { objectNaming } from '@spillway/object-store'
import { PartitionedSinkConnector } from './partitioned-sink-connector.ts'
import { restoreSource } from '../store/restore-source.ts'
import { s3Config } from '../config/s3-config.ts'
import { sinkStore } from '../store/sink-store.ts'

/** The S3 sink: Confluent's in its keys, object names and boundaries, with memory that does not grow with open files. */
export const s3SinkConnector: SinkConnectorPlugin = {
  kind: 'sink',
  className: 'io.confluent.connect.s3.S3SinkConnector',
  aliases: ['io.spillway.s3.S3SinkConnector'],
  version: '0.1.0',
  doc: 'Writes records to objects in S3 or a store that speaks its protocol.',
  config: s3Config,
  create: () =>
    new PartitionedSinkConnector({
      check: (raw, plugins) => void s3Config.parse(raw, plugins),
      async ledgers(raw, modules) {
        const config = s3Config.parse(raw)
        return { naming: objectNaming(config), store: await sinkStore(config, raw, modules) }
      },
    }),
  probe: async (config, signal, modules) =>
    (await import('../store/check-access.ts')).checkAccess(config, signal, modules),
  restoreSource,
  createTask: async () => (await import('./s3-sink-task.ts')).s3SinkTask(),
  sampleObjectKeys: async (request) => await (await import('./s3-preview.ts')).s3SampleKeys(request),
  preview: async (request) => await (await import('./s3-preview.ts')).s3Preview(request),
}
