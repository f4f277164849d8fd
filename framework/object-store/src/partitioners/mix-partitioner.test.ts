import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { Headers } from '../../../api/src/data/headers.ts'
import { freeModules } from '../../../worker/src/plugins/worker-modules.ts'
import { createPartitioner } from './create-partitioner.ts'
import { hiveEscape } from './hive-escape.ts'
import { PartitionError } from '../confluent/partition-error.ts'
import { partitionerConfig } from './partitioner-config.ts'
import { ownPlugins, recordOf } from './partitioners.fixture.ts'

const APRIL = 1427961600000

async function encode(
  config: Record<string, string>,
  value: unknown,
  more: Parameters<typeof recordOf>[2] = {},
): Promise<string> {
  return (await createPartitioner(config, freeModules(ownPlugins.plugins))).encodePartition(
    recordOf(value, null, more),
    APRIL,
  )
}

suite('partition.by', () => {
  test('mixes time, fields, keys, headers and constants in the order written', async () => {
    const by =
      "const:raw,dt=time:YYYY-MM-dd,time:'hour'=HH,value:user.country,tenant=header:x-tenant,key:id,partition,topic"
    const value = { user: { country: 'CL' } }
    const headers = new Headers().add('x-tenant', 'acme')
    assert.equal(
      await encode({ 'partition.by': by }, value, { key: { id: 5 }, headers }),
      'raw/dt=2015-04-02/hour=08/user.country=CL/tenant=acme/id=5/partition=12/topic=test-topic',
    )
  })

  test('takes path.format, timezone and duration for a time element without a pattern', async () => {
    const config = {
      'partition.by': 'value:a,time',
      'path.format': 'YYYY/MM/dd/HH',
      timezone: 'America/Los_Angeles',
      'partition.duration.ms': '7200000',
    }
    assert.equal(await encode(config, { a: 1 }), 'a=1/2015/04/02/00')
  })

  test('escapes as Hive does, so that no value opens a directory', async () => {
    assert.equal(await encode({ 'partition.by': 'value:a' }, { a: 'x/y=z%é' }), 'a=x%2Fy%3Dz%25é')
    assert.equal(await encode({ 'partition.by': '=value:a' }, { a: '..' }), '%2E%2E')
    assert.equal(hiveEscape('a\nb"c\u007f\u0080'), 'a%0Ab%22c%7F\u0080')
    assert.equal(decodeURIComponent(hiveEscape('a:b*c?d[e]f{g}^\\')), 'a:b*c?d[e]f{g}^\\')
  })

  test('writes __HIVE_DEFAULT_PARTITION__ where there is nothing', async () => {
    const config = { 'partition.by': 'value:a,value:b.c,header:h,key' }
    assert.equal(
      await encode(config, { a: '' }),
      ['a', 'b.c', 'h', 'key'].map((name) => `${name}=__HIVE_DEFAULT_PARTITION__`).join('/'),
    )
    assert.equal(await encode({ 'partition.by': 'value:a' }, null), 'a=__HIVE_DEFAULT_PARTITION__')
  })

  test('takes what is not there for a bad record where that is asked for; a null has its directory all the same', async () => {
    const strict = { 'partition.field.missing': 'error' }
    const headers = new Headers().add('h', null)
    for (const by of ['value:a', 'value:b.c', 'value:list[1]', 'key:id', 'header:other', 'value:a.b']) {
      const value = { b: {}, list: [1] }
      await assert.rejects(
        encode({ 'partition.by': by, ...strict }, value, { key: {}, headers }),
        /^PartitionError: Error encoding partition\. test-topic-12@7 has no .*partition\.field\.missing/,
        by,
      )
      assert.match(
        await encode({ 'partition.by': by }, value, { key: {}, headers }),
        /=__HIVE_DEFAULT_PARTITION__$/,
      )
    }
    for (const by of ['value:a', 'value:a.b', 'key', 'header:h']) {
      const encoded = await encode({ 'partition.by': by, ...strict }, { a: null }, { headers })
      assert.match(encoded, /=__HIVE_DEFAULT_PARTITION__$/, by)
    }
  })

  test('keeps integers of JSON texts exact, and bytes that are no text apart', async () => {
    const by = { 'partition.by': 'value:id' }
    assert.equal(await encode(by, '{"id":9007199254740993}'), 'id=9007199254740993')
    assert.equal(await encode(by, Buffer.from('{"id":12345678901234567890}')), 'id=12345678901234567890')
    await assert.rejects(encode(by, '{"id":1} and more'), PartitionError)
    const ofKey = (key: unknown): Promise<string> => encode({ 'partition.by': 'key' }, {}, { key })
    assert.equal(await ofKey(Buffer.from('é')), 'key=é')
    assert.equal(await ofKey(Buffer.from([0xff, 0x00])), 'key=ff00')
    assert.equal(await ofKey(new Uint8Array([0xfe])), 'key=fe')
    await assert.rejects(ofKey(new Date(NaN)), PartitionError)
  })

  test('reads JSON paths, and JSON that came as text or bytes', async () => {
    const by = { 'partition.by': "sku=value:$.items[1].sku,value:$['a.b']" }
    const value = { items: [{ sku: 'x' }, { sku: 'y' }], 'a.b': true }
    assert.equal(await encode(by, value), 'sku=y/a.b=true')
    assert.equal(await encode(by, JSON.stringify(value)), 'sku=y/a.b=true')
    assert.equal(await encode(by, Buffer.from(JSON.stringify(value))), 'sku=y/a.b=true')
  })

  test('takes floats and dates, and refuses lists and texts that are no JSON', async () => {
    assert.equal(
      await encode(
        { 'partition.by': 'value:f,value:d,value:t' },
        {
          f: 1.5,
          d: new Date('2015-04-02'),
          t: new Date(APRIL),
        },
      ),
      'f=1.5/d=2015-04-02/t=2015-04-02T08%3A00%3A00.000Z',
    )
    await assert.rejects(encode({ 'partition.by': 'value:a' }, { a: [1] }), PartitionError)
    await assert.rejects(encode({ 'partition.by': 'value:a' }, 'no json'), PartitionError)
  })

  test('is checked when it is written', () => {
    const errors = (raw: Record<string, string>): string[] =>
      partitionerConfig.validate(raw).flatMap((result) => result.errors)
    assert.match(
      errors({ 'partition.by': 'valu:a' })[0] ?? '',
      /'valu:a' is not an element; write .*value:path/,
    )
    assert.match(errors({ 'partition.by': 'value' })[0] ?? '', /lacks a path/)
    assert.match(errors({ 'partition.by': 'value:a[b' })[0] ?? '', /stopped at "\[b"/)
    assert.match(
      errors({ 'partition.by': 'key', 'partitioner.class': './mine.js' })[0] ?? '',
      /partition\.by and partitioner\.class \.\/mine\.js exclude each other/,
    )
    assert.match(
      errors({ 'partitioner.class': 'io.spillway.storage.partitioner.MixPartitioner' })[0] ?? '',
      /partition\.by cannot be empty/,
    )
    assert.deepEqual(errors({ 'partition.by': 'key,time' }), [])
  })

  test('names the element whose pattern is wrong', async () => {
    await assert.rejects(
      encode({ 'partition.by': 'time:YYYYT' }, {}),
      /Illegal pattern component: T\. .*time:YYYYT/,
    )
  })
})

suite('timestamp.field.format and timestamp.fallback', () => {
  const time = (value: unknown, config: Record<string, string>, more: Parameters<typeof recordOf>[2] = {}) =>
    encode(
      { 'partition.by': 'time:YYYY-MM-dd HH-mm-ss', 'timestamp.extractor': 'RecordField', ...config },
      value,
      more,
    )

  test('reads every unit, ISO texts and patterns', async () => {
    const cases: [string, unknown][] = [
      ['seconds', 1427961600],
      ['seconds', '1427961600'],
      ['seconds', 1427961600.75],
      ['millis', APRIL],
      ['micros', 1427961600000999],
      ['micros', 1427961600000999n],
      ['nanos', '1427961600000000999'],
      ['nanos', 1427961600000000999n],
      ['iso', '2015-04-02T01:00:00-07:00'],
      ['yyyyMMddHHmmss', '20150402080000'],
      ['dd/MMM/yyyy:HH:mm:ss Z', '02/Apr/2015:01:00:00 -0700'],
      ['yyyy-MM-dd,seconds', '1427961600'],
    ]
    for (const [format, timestamp] of cases) {
      assert.equal(
        await time({ timestamp }, { 'timestamp.field.format': format }),
        '2015-04-02 08-00-00',
        format,
      )
    }
  })

  test('rounds negative times down, whatever the unit', async () => {
    for (const [format, timestamp] of [
      ['micros', -1],
      ['nanos', -1n],
      ['micros', '-1000000'],
    ] as const) {
      assert.equal(await time({ timestamp }, { 'timestamp.field.format': format }), '1969-12-31 23-59-59')
    }
  })

  test('reads a text without offset in timezone', async () => {
    const config = { 'timestamp.field.format': 'yyyy-MM-dd HH:mm', timezone: 'America/Los_Angeles' }
    assert.equal(await time({ timestamp: '2015-04-02 01:00' }, config), '2015-04-02 01-00-00')
  })

  test('refuses what fits no format, naming the record', async () => {
    await assert.rejects(
      time({ timestamp: 'x' }, { 'timestamp.field.format': 'seconds,iso' }),
      /Invalid format: "x" .*test-topic-12@7 fits no format/,
    )
    await assert.rejects(time({}, { 'timestamp.field.format': 'minutes' }), /write seconds, millis/)
  })

  test('falls back, in order, to other fields, headers, the record and the clock', async () => {
    const config = { 'timestamp.fallback': 'field:created_at,header:ts,record,wallclock' }
    const headers = new Headers().add('ts', '86400000')
    assert.equal(await time({ timestamp: 0 }, config), '1970-01-01 00-00-00')
    assert.equal(await time({ timestamp: 'bad', created_at: 3600000 }, config), '1970-01-01 01-00-00')
    assert.equal(await time({}, config, { headers }), '1970-01-02 00-00-00')
    assert.equal(await time('no object', config, { timestamp: 172800000 }), '1970-01-03 00-00-00')
    assert.equal(await time({}, config), '2015-04-02 08-00-00')
    await assert.rejects(time({}, { 'timestamp.fallback': 'clock' }), /write field:<path>, header:<name>/)
    await assert.rejects(time({}, { 'timestamp.fallback': 'record' }), /Unable to determine timestamp/)
  })
})

suite('partitioners and extractors of one’s own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-partitioner-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const module = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  test('are imported from the module the key names', async () => {
    const asClass = module(
      'class.mjs',
      `export default class { constructor(s) { this.p = s.raw['my.prefix'] }
       encodePartition(r) { return this.p + r.kafkaPartition } }`,
    )
    const asPlugin = module(
      'plugin.mjs',
      `export default { kind: 'partitioner', className: 'x', doc: '', timeBased: false,
       create: ({ directoryDelimiter }) => ({ encodePartition: () => 'a' + directoryDelimiter + 'b' }) }`,
    )
    assert.equal(await encode({ 'partitioner.class': asClass, 'my.prefix': 'p' }, {}), 'p12')
    assert.equal(await encode({ 'partitioner.class': asPlugin }, {}), 'a/b')
  })

  test('give the time to any time based partitioner', async () => {
    const extractor = module(
      'extractor.mjs',
      'export default { extract: (r) => Number(r.kafkaOffset) * 86400000 }',
    )
    const config = { 'partition.by': 'time:YYYY-MM-dd', 'timestamp.extractor': extractor }
    assert.equal(await encode(config, {}), '1970-01-08')
  })

  test('are named by key and module where they cannot be used', async () => {
    await assert.rejects(
      encode({ 'partitioner.class': join(folder, 'none.mjs') }, {}),
      /Invalid value .*none\.mjs for configuration partitioner\.class: cannot import it/,
    )
    const empty = module('empty.mjs', 'export default 5')
    await assert.rejects(
      encode({ 'partitioner.class': empty }, {}),
      /configuration partitioner\.class: the module exports no plugin of kind partitioner \(found: a number\)/,
    )
    await assert.rejects(
      encode({ 'partition.by': 'time:YYYY', 'timestamp.extractor': empty }, {}),
      /configuration timestamp\.extractor: the module exports no plugin of kind timestamp_extractor/,
    )
  })
})
