import type { SinkConnectorPlugin } from '@spillway/api'
import { aivenConfig } from './aiven-config.ts'
import { aivenPlaces } from './aiven-places.ts'
import { aivensModules, s3ConfigOfAiven } from './aiven-s3-config.ts'
import { PartitionedSinkConnector } from '../confluent/partitioned-sink-connector.ts'

/** The S3 sink under Aiven's keys: names by a template, fields in an envelope, CSV. */
export const aivenS3SinkConnector: SinkConnectorPlugin = {
  kind: 'sink',
  className: 'io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector',
  version: '0.1.0',
  doc: 'Writes records to objects in S3, under the keys and names of Aiven’s connector.',
  config: aivenConfig,
  create: () =>
    new PartitionedSinkConnector({
      check: (raw, plugins) => void s3ConfigOfAiven(raw, aivenConfig.parse(raw, plugins)),
      async ledgers(raw, modules) {
        const config = aivenConfig.parse(raw)
        const { s3Store } = await import('../store/s3-store.ts')
        const s3 = s3ConfigOfAiven(raw, config)
        const store = s3Store(s3.config, s3.raw, aivensModules(modules))
        return { naming: aivenPlaces(config).naming, store }
      },
    }),
  createTask: async () => (await import('./aiven-setup.ts')).aivenSinkTask(),
  preview: async (request) => await (await import('./aiven-preview.ts')).aivenPreview(request),
  sampleObjectKeys: async (request) => await (await import('./aiven-preview.ts')).aivenSampleKeys(request),
}
