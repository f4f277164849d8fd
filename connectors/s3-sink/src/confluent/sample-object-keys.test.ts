import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { RawConfig, SinkConnectorPlugin } from '@spillway/api'
import { freeModules } from '@spillway/worker'
import { registry } from '../../../../spillway/src/registry.ts'

import { aivenS3SinkConnector } from '../aiven/aiven-s3-sink-connector.ts'
import { s3SinkConnector } from './s3-sink-connector.ts'

const NOW = Date.UTC(2026, 4, 8, 23, 30)
const PARTITIONERS = 'io.confluent.connect.storage.partitioner'
const S3 = {
  's3.bucket.name': 'bucket',
  'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
  'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
  'flush.size': '10',
}

async function samples(
  plugin: SinkConnectorPlugin,
  config: RawConfig,
  topics: readonly string[] = ['orders'],
): Promise<readonly string[] | undefined> {
  return await plugin.sampleObjectKeys?.({ config, topics, nowMs: NOW, modules: freeModules(registry) })
}

suite('sample object keys of the S3 sink', () => {
  const hourly = {
    'partitioner.class': `${PARTITIONERS}.HourlyPartitioner`,
    timezone: 'UTC',
    locale: 'en',
  }
  const hour = 'year=2026/month=05/day=08/hour=23'
  const cases: readonly (readonly [what: string, config: RawConfig, keys: readonly string[]])[] = [
    ['a directory per Kafka partition', {}, ['topics/orders/partition=0/orders+0+0000000000.json']],
    [
      'fields by their names, nested ones too',
      {
        'partitioner.class': `${PARTITIONERS}.FieldPartitioner`,
        'partition.field.name': 'kind,user.city',
        's3.compression.type': 'gzip',
      },
      ['topics/orders/kind=<kind>/user.city=<user.city>/orders+0+0000000000.json.gz'],
    ],
    ['the wall clock', hourly, [`topics/orders/${hour}/orders+0+0000000000.json`]],
    [
      "the record's time",
      { ...hourly, 'timestamp.extractor': 'Record' },
      [`topics/orders/${hour}/orders+0+0000000000.json`],
    ],
    [
      'a time in a field, whatever its format',
      {
        ...hourly,
        'timestamp.extractor': 'RecordField',
        'timestamp.field': 'meta.at',
        'timestamp.field.format': 'seconds',
      },
      [`topics/orders/${hour}/orders+0+0000000000.json`],
    ],
    [
      'any mix, with one field that is both a time and a part of the path',
      {
        'partition.by':
          'dt=time:YYYY-MM-dd,value:at,value:$.items[0].sku,key:id,tenant=header:x-tenant,const:raw',
        'timestamp.extractor': 'RecordField',
        'timestamp.field': 'at',
      },
      [
        'topics/orders/dt=2026-05-08/at=2026-05-08T23%3A30%3A00.000Z/items.0.sku=<items.0.sku>/id=<id>/tenant=<x-tenant>/raw/orders+0+0000000000.json',
      ],
    ],
    [
      'a schema name, companions and records without a value',
      {
        'partitioner.class': `${PARTITIONERS}.FieldPartitioner`,
        'partition.field.name': 'kind',
        's3.schema.partition.affix.type': 'PREFIX',
        'store.kafka.keys': 'true',
        'keys.format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
        'behavior.on.null.values': 'write',
        'topics.dir': '',
      },
      [
        'orders/schema_name=<schema name>/kind=<kind>/orders+0+0000000000.keys.json',
        'orders/schema_name=<schema name>/kind=<kind>/orders+0+0000000000.json',
        'orders/tombstone/orders+0+0000000000.keys.json',
      ],
    ],
    [
      'a format that takes bytes alone, beside a mix',
      {
        'format.class': 'io.confluent.connect.s3.format.bytearray.ByteArrayFormat',
        'partition.by': 'value:kind',
      },
      ['topics/orders/kind=<kind>/orders+0+0000000000.bin'],
    ],
    [
      'a field named as what every object has',
      {
        'partitioner.class': `${PARTITIONERS}.FieldPartitioner`,
        'partition.field.name': '__proto__.constructor',
      },
      ['topics/orders/__proto__.constructor=<__proto__.constructor>/orders+0+0000000000.json'],
    ],
  ]
  for (const [what, config, keys] of cases) {
    test(`have ${what}`, async () => {
      assert.deepEqual(await samples(s3SinkConnector, { ...S3, ...config }), keys)
    })
  }

  test('are those of each topic', async () => {
    assert.deepEqual(await samples(s3SinkConnector, S3, ['a', 'b']), [
      'topics/a/partition=0/a+0+0000000000.json',
      'topics/b/partition=0/b+0+0000000000.json',
    ])
  })

  test('are none where an extractor of the user does not say what it reads', async () => {
    const silent = 'export default { extract: (record) => record.value.at }'
    const telling = `export default {
      extract: (record) => record.value.at.getTime() - 3600000,
      exemplify: (example) => example.timeField(['at']),
    }`
    const of = (source: string): RawConfig => ({
      ...S3,
      ...hourly,
      'timestamp.extractor': `data:text/javascript,${encodeURIComponent(source)}`,
    })
    assert.deepEqual(await samples(s3SinkConnector, of(silent)), [])
    assert.deepEqual(await samples(s3SinkConnector, of(telling)), [
      'topics/orders/year=2026/month=05/day=08/hour=22/orders+0+0000000000.json',
    ])
  })
})

test('sample object keys under Aiven’s class name are what its template makes', async () => {
  const config = { 'aws.s3.bucket.name': 'bucket', 'file.compression.type': 'zstd' }
  assert.deepEqual(await samples(aivenS3SinkConnector, config), ['orders-0-0.zst'])
  const template = '{{timestamp:unit=yyyy}}/{{topic}}/{{key}}-{{partition:padding=true}}-{{start_offset}}'
  assert.deepEqual(await samples(aivenS3SinkConnector, { ...config, 'file.name.template': template }), [
    '2026/orders/<key>-0000000000-0',
  ])
})
