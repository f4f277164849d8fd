import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'

import { createTopic, uniqueName } from '../support/topics.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const S3 = 'io.confluent.connect.s3.S3SinkConnector'
const AIVENS = 'io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector'
const TIME_BASED = 'io.confluent.connect.storage.partitioner.TimeBasedPartitioner'

interface Answer {
  readonly error_count: number
  readonly configs: readonly {
    readonly value: { readonly name: string; readonly errors: readonly string[] }
  }[]
}

/** As two of five configurations that people publish have it: no span. */
const PUBLISHED = {
  'partitioner.class': TIME_BASED,
  'path.format': "'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH",
  locale: 'en-US',
  timezone: 'UTC',
  'timestamp.extractor': 'Record',
}

const CASES: readonly [className: string, changes: Record<string, string>, keys: readonly string[]][] = [
  [S3, PUBLISHED, ['partition.duration.ms']],
  [S3, { 'partitioner.class': TIME_BASED }, ['locale', 'partition.duration.ms', 'path.format', 'timezone']],
  [S3, { ...PUBLISHED, 'partition.duration.ms': '3600000', 'path.format': "year='YYYY'" }, ['path.format']],
  [S3, { 'rotate.schedule.interval.ms': '60000' }, ['rotate.schedule.interval.ms', 'timezone']],
  [S3, { 's3.proxy.url': 'proxy:3128' }, ['s3.proxy.url']],
  [S3, { 's3.sse.customer.key': 'AAAA' }, ['s3.sse.customer.key']],
  [S3, { 'aws.access.key.id': 'AK' }, ['aws.secret.access.key']],
  [AIVENS, { 'aws.access.key.id': 'AK' }, ['aws.secret.access.key']],
  [AIVENS, { 'aws.s3.endpoint': 'ftp://store' }, ['aws.s3.endpoint']],
  [AIVENS, { 'timestamp.timezone': 'Middle/Earth' }, ['timestamp.timezone']],
]

suite('what validation refuses, creating a connector refuses', () => {
  const topic = uniqueName('validation')
  let worker: WorkerProcess
  before(async () => {
    await createTopic(topic, 1)
    worker = await WorkerProcess.start()
  })
  after(async () => {
    await worker.dispose()
  })

  for (const [className, changes, keys] of CASES) {
    test(`${className.slice(className.lastIndexOf('.') + 1)} with ${JSON.stringify(changes)}`, async () => {
      const own =
        className === S3
          ? {
              's3.bucket.name': 'no-such-bucket',
              'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
              'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
              'flush.size': '3',
            }
          : { 'aws.s3.bucket.name': 'no-such-bucket' }
      const name = uniqueName('refused')
      const config = { name, 'connector.class': className, topics: topic, ...own, ...changes }
      const validated = await worker.rest('PUT', `/connector-plugins/${className}/config/validate`, config)
      assert.equal(validated.status, 200)
      const { configs } = validated.body as Answer
      const wrong = configs.map(({ value }) => value).filter(({ errors }) => errors.length > 0)
      assert.deepEqual(wrong.map((value) => value.name).sort(), keys)
      const created = await worker.rest('POST', '/connectors', { name, config })
      assert.equal(created.status, 400)
      const { message } = created.body as { readonly message: string }
      for (const { errors } of wrong) for (const error of errors) assert.ok(message.includes(error), error)
      assert.deepEqual((await worker.rest('GET', '/connectors')).body, [])
    })
  }
})
