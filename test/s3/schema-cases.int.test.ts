import assert from 'node:assert/strict'
import test from 'node:test'
import { INT32, SchemaBuilder, type SinkRecord, STRING } from '@spillway/framework'

import { key, PARTITION, range, record, structRecord, TOPIC } from './support/records.ts'
import { fieldsOf, V1, V2 } from './support/schemas.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { TestBucket } from './support/test-bucket.ts'

const P12 = { topic: TOPIC, partition: PARTITION }

/** Versions 1 and 2 by turns; an even offset has version 1. */
const alternating = (from: number, to: number): SinkRecord[] =>
  range(from, to).map((offset) => structRecord(offset, offset % 2 === 0 ? V1 : V2, fieldsOf(offset)))

test('T11 without schema compatibility every change of version closes the file', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'flush.size': '2' }), [P12])
  const records = alternating(0, 7)
  await driver.put(...records.slice(0, 2))
  await driver.settle()
  assert.deepEqual(await driver.preCommit(), { 'test-topic-12': 1n })
  await driver.put(...records.slice(2))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 6n })
  assert.deepEqual(
    await bucket.keys(),
    range(0, 6).map((offset) => key(offset)),
  )
  const expected = { boolean: true, int: 1, long: 1, float: 12.5, double: 12.5 }
  assert.deepEqual(await bucket.lines(key(1)), [{ ...expected, string: 'abc' }])
  assert.deepEqual(await bucket.lines(key(2)), [{ ...expected, int: 2, long: 2 }])
})

test('T11 a schema.compatibility that nobody knows is NONE, with a warning', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'flush.size': '2', 'schema.compatibility': 'SIDEWAYS' }), [P12])
  assert.deepEqual(driver.warnings, [
    'schema.compatibility=SIDEWAYS is none of NONE, BACKWARD, FORWARD and FULL: taken as NONE',
  ])
  await driver.put(...alternating(0, 4))
  await driver.stop()
  assert.deepEqual(
    await bucket.keys(),
    range(0, 3).map((offset) => key(offset)),
  )
})

test('T13 FORWARD takes newer records into a file of an older version, without the fields they add', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'flush.size': '2', 'schema.compatibility': 'FORWARD' }), [P12])
  await driver.put(...alternating(1, 8))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 8n })
  assert.deepEqual(
    await bucket.keys(),
    [1, 2, 4, 6].map((offset) => key(offset)),
  )
  const plain = (int: number): object => ({ boolean: true, int, long: int, float: 12.5, double: 12.5 })
  assert.deepEqual(await bucket.lines(key(1)), [{ ...plain(1), string: 'abc' }])
  assert.deepEqual(await bucket.lines(key(2)), [plain(2), plain(3)])
  assert.deepEqual(await bucket.lines(key(6)), [plain(6), plain(7)])
})

test('fields that a projection leaves out are told once per pair of schemas, with the first record', async () => {
  const version = (n: number): SchemaBuilder =>
    SchemaBuilder.struct().name('record').version(n).field('int', INT32)
  const before = version(1).field('old', STRING).build()
  const after = version(2).build()
  for (const [mode, records, told] of [
    [
      'FORWARD',
      alternating(0, 7),
      /^Record test-topic-12@1: record version 2 has string, .* record version 1 .*NONE/,
    ],
    [
      'BACKWARD',
      range(0, 6).map((offset) =>
        offset % 2 === 0
          ? structRecord(offset, after, { int: offset })
          : structRecord(offset, before, { int: offset, old: 'gone' }),
      ),
      /^Record test-topic-12@1: record version 1 has old, .* record version 2 /,
    ],
  ] as const) {
    await using bucket = await TestBucket.create()
    const driver = new SinkDriver()
    await driver.start(bucket.config({ 'flush.size': '100', 'schema.compatibility': mode }), [P12])
    await driver.put(...records)
    // Schemas that are read again are other objects, and equal.
    await driver.put(
      ...(mode === 'FORWARD' ? [structRecord(7, SchemaBuilder.from(V2).build(), fieldsOf(7))] : []),
    )
    await driver.stop()
    const warnings = driver.warnings.filter((text) => text.includes('schema.compatibility'))
    assert.equal(warnings.length, 1, warnings.join('\n'))
    assert.match(warnings[0] ?? '', told)
  }
})

test('BACKWARD takes older records into a file of a newer version, with defaults for what they lack', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'flush.size': '2', 'schema.compatibility': 'BACKWARD' }), [P12])
  await driver.put(...alternating(0, 7))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 7n })
  assert.deepEqual(
    await bucket.keys(),
    [0, 1, 3, 5].map((offset) => key(offset)),
  )
  assert.deepEqual(
    ((await bucket.lines(key(1))) as { int: number; string: string }[]).map(({ int, string }) => [
      int,
      string,
    ]),
    [
      [1, 'abc'],
      [2, 'abc'],
    ],
  )
})

test('FULL takes older records into a file of a newer version, as BACKWARD does', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'flush.size': '2', 'schema.compatibility': 'full' }), [P12])
  await driver.put(...alternating(0, 7))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 7n })
  assert.deepEqual(
    await bucket.keys(),
    [0, 1, 3, 5].map((offset) => key(offset)),
  )
})

test('with schema.max.open.versions, versions by turns fill one file each', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'flush.size': '10', 'schema.max.open.versions': '2' }), [P12])
  await driver.put(...alternating(0, 25))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 20n })
  const files: Record<string, number[]> = {}
  for (const name of await bucket.keys()) {
    files[name] = ((await bucket.lines(name)) as { int: number }[]).map(({ int }) => int)
  }
  assert.deepEqual(files, {
    [key(0)]: [0, 2, 4, 6, 8],
    [key(1)]: [1, 3, 5, 7, 9],
    [key(10)]: [10, 12, 14, 16, 18],
    [key(11)]: [11, 13, 15, 17, 19],
  })
})

test('one schema more than schema.max.open.versions commits all, and equal schemas count once', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'flush.size': '100', 'schema.max.open.versions': '2' }), [P12])
  const copy = SchemaBuilder.from(V1).build()
  await driver.put(
    structRecord(0, V1, fieldsOf(0)),
    structRecord(1, V2, fieldsOf(1)),
    structRecord(2, copy, fieldsOf(2)),
    record(3),
    structRecord(4, V1, fieldsOf(4)),
  )
  await driver.settle()
  assert.deepEqual(await driver.preCommit(), { 'test-topic-12': 3n })
  assert.deepEqual(await bucket.keys(), [key(0), key(1)])
  assert.equal((await bucket.lines(key(0))).length, 2)
  await driver.kill()
})

test('records that a transformation made of one offset have one schema per output partition, or are bad', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ reports: true })
  await driver.start(bucket.config({ 'flush.size': '4', 'schema.max.open.versions': '2' }), [P12])
  await driver.put(
    structRecord(0, V1, fieldsOf(0)),
    structRecord(0, V2, fieldsOf(1)),
    structRecord(0, V1, fieldsOf(2)),
    structRecord(1, V2, fieldsOf(3)),
    structRecord(2, V1, fieldsOf(4)),
    structRecord(3, V1, fieldsOf(5)),
  )
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 3n })
  assert.equal(driver.reported.length, 1)
  assert.match(String(driver.reported[0]?.error), /would have one name/)
  assert.deepEqual(await bucket.keys(), [key(0), key(1)])
})

test('T14 compatibility needs versions: without them the task fails and writes nothing', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'schema.compatibility': 'BACKWARD' }), [P12])
  const unversioned = SchemaBuilder.from(V1).version(undefined).build()
  await assert.rejects(
    driver.put(structRecord(0, unversioned, fieldsOf(0)), structRecord(1, V2, fieldsOf(1))),
    /Schema version required for BACKWARD compatibility/,
  )
  await driver.kill()
  assert.deepEqual(await bucket.keys(), [])
})

test('T16 a record without a schema closes the file of those with one, and the other way round', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config(), [P12])
  const withSchema = (offset: number): SinkRecord => structRecord(offset, V1, fieldsOf(offset))
  await driver.put(...range(0, 9).map(withSchema), record(9), withSchema(10))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 10n })
  assert.deepEqual(
    await bucket.keys(),
    [0, 3, 6, 9].map((offset) => key(offset)),
  )
  assert.equal((await bucket.lines(key(6))).length, 3)
  assert.deepEqual(await bucket.lines(key(9)), [{ offset: 9 }])
})

test('equal schemas that are different objects share a file', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config(), [P12])
  const copies = range(0, 3).map(() => SchemaBuilder.from(V1).build())
  await driver.put(...copies.map((schema, offset) => structRecord(offset, schema, fieldsOf(offset))))
  await driver.stop()
  assert.deepEqual(await bucket.keys(), [key(0)])
})
