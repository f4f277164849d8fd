import assert from 'node:assert/strict'
import test from 'node:test'
import { INT32, SchemaBuilder, type SinkRecord, Struct } from '@spillway/framework'

import { PARTITION, range, record, structRecord, TOPIC } from './support/records.ts'
import { fieldsOf, NESTED, V1 } from './support/schemas.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { TestBucket } from './support/test-bucket.ts'

const P12 = { topic: TOPIC, partition: PARTITION }
const FIELD = { 'partitioner.class': 'io.confluent.connect.storage.partitioner.FieldPartitioner' }
const HOURLY = {
  'partitioner.class': 'io.confluent.connect.storage.partitioner.HourlyPartitioner',
  'timestamp.extractor': 'Record',
  'flush.size': '1000',
  locale: 'en',
  timezone: 'America/Los_Angeles',
}
/** 2017-03-02 10:00 in Los Angeles. */
const TEN_O_CLOCK = 1_488_477_600_000
const SECOND = 1000
const HOUR = 3_600_000
const DAY = 86_400_000

const at = (offset: number, timestamp: number): SinkRecord => record(offset, { timestamp })
const keyIn = (directory: string, offset: number): string =>
  `topics/${TOPIC}/${directory}/${TOPIC}+12+${String(offset).padStart(10, '0')}.json`

/** Name of the directory and offset of the file, and the offsets it holds. */
async function contents(bucket: TestBucket): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {}
  for (const key of await bucket.keys()) {
    const lines = (await bucket.lines(key)) as { offset: number }[]
    found[key] = lines.map(({ offset }) => offset)
  }
  return found
}

test('T17 a file per field value, all committed when flush.size records have come in sum', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...FIELD, 'partition.field.name': 'int', 'flush.size': '9' }), [P12])
  await driver.put(...range(0, 18).map((offset) => structRecord(offset, V1, fieldsOf(16 + (offset % 3)))))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 18n })
  const expected = [16, 17, 18].flatMap((int, i) => [keyIn(`int=${int}`, i), keyIn(`int=${int}`, 9 + i)])
  assert.deepEqual(await bucket.keys(), expected)
  for (const key of expected) assert.equal((await bucket.lines(key)).length, 3)
})

test('T17 also on schemaless JSON', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...FIELD, 'partition.field.name': 'kind', 'flush.size': '4' }), [P12])
  await driver.put(...range(0, 4).map((offset) => record(offset, { value: { kind: offset % 2, offset } })))
  await driver.stop()
  assert.deepEqual(await contents(bucket), { [keyIn('kind=0', 0)]: [0, 2], [keyIn('kind=1', 1)]: [1, 3] })
})

test('T19 a file beyond partitioner.max.open.files commits all others first', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(
    bucket.config({
      ...FIELD,
      'partition.field.name': 'int',
      'flush.size': '10',
      'partitioner.max.open.files': '5',
    }),
    [P12],
  )
  await driver.put(...range(0, 6).map((offset) => structRecord(offset, V1, fieldsOf(16 + offset))))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 5n })
  assert.deepEqual(
    await bucket.keys(),
    range(0, 5).map((offset) => keyIn(`int=${16 + offset}`, offset)),
  )
})

test('T20 a nested field keeps its dots in the directory name', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...FIELD, 'partition.field.name': 'outer.inner' }), [P12])
  const outer = NESTED.field('outer')
  assert.ok(outer)
  await driver.put(
    ...range(0, 3).map((offset) =>
      structRecord(offset, NESTED, { outer: new Struct(outer.schema, [16, 'note']) }),
    ),
  )
  await driver.stop()
  assert.deepEqual(await bucket.keys(), [keyIn('outer.inner=16', 0)])
})

test('T22 a record that cannot be placed stops the task, or goes to the reporter and counts for nothing', async () => {
  await using bucket = await TestBucket.create()
  const strict = new SinkDriver()
  const config = bucket.config({ ...FIELD, 'partition.field.name': 'double' })
  await strict.start(config, [P12])
  await assert.rejects(strict.put(structRecord(0, V1, fieldsOf(1))), (error: Error) => {
    assert.match(error.message, /test-topic-12@0.*Error encoding partition\./)
    return true
  })
  await strict.kill()

  const tolerant = new SinkDriver({ reports: true })
  await tolerant.start(config, [P12])
  const good = (offset: number): SinkRecord => record(offset, { value: { double: 'a', offset } })
  await tolerant.put(
    good(0),
    structRecord(1, V1, fieldsOf(1)),
    record(2, { value: 'text' }),
    good(3),
    good(4),
  )
  await tolerant.stop()
  assert.deepEqual(
    tolerant.reported.map(({ record: bad }) => bad.kafkaOffset),
    [1n, 2n],
  )
  assert.deepEqual(await contents(bucket), { [keyIn('double=a', 0)]: [0, 3, 4] })
})

test('T23 hours of record time, cut by rotate.interval.ms at or beyond the interval', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...HOURLY, 'rotate.interval.ms': '60000' }), [P12])
  const later = TEN_O_CLOCK + 2 * HOUR + 3 * 60 * SECOND
  await driver.put(...range(0, 9).map((offset) => at(offset, TEN_O_CLOCK + offset * 20 * SECOND)))
  await driver.put(...range(9, 18).map((offset) => at(offset, later + (offset - 9) * 20 * SECOND)))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 15n })
  const ten = 'year=2017/month=03/day=02/hour=10'
  const twelve = 'year=2017/month=03/day=02/hour=12'
  assert.deepEqual(await contents(bucket), {
    [keyIn(ten, 0)]: [0, 1, 2],
    [keyIn(ten, 3)]: [3, 4, 5],
    [keyIn(ten, 6)]: [6, 7, 8],
    [keyIn(twelve, 9)]: [9, 10, 11],
    [keyIn(twelve, 12)]: [12, 13, 14],
  })
})

test('T25 a change of the output partition commits everything, by default', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...HOURLY, 'rotate.interval.ms': String(DAY) }), [P12])
  const nine = TEN_O_CLOCK - HOUR
  await driver.put(
    at(0, TEN_O_CLOCK),
    at(1, nine),
    at(2, TEN_O_CLOCK + SECOND),
    at(3, nine + SECOND),
    at(4, TEN_O_CLOCK + 2 * SECOND),
  )
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 4n })
  const day = 'year=2017/month=03/day=02'
  assert.deepEqual(await contents(bucket), {
    [keyIn(`${day}/hour=09`, 1)]: [1],
    [keyIn(`${day}/hour=09`, 3)]: [3],
    [keyIn(`${day}/hour=10`, 0)]: [0],
    [keyIn(`${day}/hour=10`, 2)]: [2],
  })
})

/** Records of two schemas by turns, within one hour. */
function alternatingSchemas(count: number): SinkRecord[] {
  const schemas = ['schema1', 'schema2'].map((name) =>
    SchemaBuilder.struct().name(name).field('offset', INT32).build(),
  )
  return range(0, count).map((offset) =>
    structRecord(offset, schemas[offset % 2] ?? V1, { offset }, { timestamp: TEN_O_CLOCK + offset }),
  )
}

test('T49 with the schema name in the directory, a change of schema is a change of the output partition', async () => {
  const affix = { ...HOURLY, 'rotate.interval.ms': String(HOUR) }
  const hour = 'year=2017/month=03/day=02/hour=10'
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...affix, 's3.schema.partition.affix.type': 'PREFIX' }), [P12])
  await driver.put(...alternatingSchemas(5))
  await driver.stop()
  assert.deepEqual(await contents(bucket), {
    [keyIn(`schema_name=schema1/${hour}`, 0)]: [0],
    [keyIn(`schema_name=schema1/${hour}`, 2)]: [2],
    [keyIn(`schema_name=schema2/${hour}`, 1)]: [1],
    [keyIn(`schema_name=schema2/${hour}`, 3)]: [3],
  })
  await using together = await TestBucket.create()
  const second = new SinkDriver()
  await second.start(
    together.config({
      ...affix,
      's3.schema.partition.affix.type': 'SUFFIX',
      'rotate.file.on.partition.change': 'false',
      'flush.size': '6',
    }),
    [P12],
  )
  await second.put(...alternatingSchemas(6))
  await second.stop()
  assert.deepEqual(await contents(together), {
    [keyIn(`${hour}/schema_name=schema1`, 0)]: [0, 2, 4],
    [keyIn(`${hour}/schema_name=schema2`, 1)]: [1, 3, 5],
  })
})

test('T26 without it, late hours stay open together until a day of record time has passed', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(
    bucket.config({
      ...HOURLY,
      'rotate.interval.ms': String(DAY),
      'rotate.file.on.partition.change': 'false',
    }),
    [P12],
  )
  const first = TEN_O_CLOCK - DAY
  await driver.put(at(0, first), at(1, first - 2 * HOUR), at(2, first + 21 * HOUR), at(3, first + 19 * HOUR))
  await driver.settle()
  assert.deepEqual(await bucket.keys(), [])
  assert.deepEqual(await driver.preCommit(), { 'test-topic-12': 0n })
  await driver.put(at(4, TEN_O_CLOCK))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 4n })
  assert.deepEqual(await contents(bucket), {
    [keyIn('year=2017/month=03/day=01/hour=08', 1)]: [1],
    [keyIn('year=2017/month=03/day=01/hour=10', 0)]: [0],
    [keyIn('year=2017/month=03/day=02/hour=05', 3)]: [3],
    [keyIn('year=2017/month=03/day=02/hour=07', 2)]: [2],
  })
})

test('T34 records of one batch share the bucket of the wall clock', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ now: TEN_O_CLOCK })
  await driver.start(bucket.config({ ...HOURLY, 'timestamp.extractor': 'Wallclock', 'flush.size': '6' }), [
    P12,
  ])
  await driver.put(...range(0, 9).map((offset) => record(offset)))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 6n })
  assert.deepEqual(await contents(bucket), {
    [keyIn('year=2017/month=03/day=02/hour=10', 0)]: range(0, 6),
  })
})

test('T35 with the wall clock, rotate.interval.ms counts from the first record of a file', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ now: TEN_O_CLOCK })
  await driver.start(
    bucket.config({ ...HOURLY, 'timestamp.extractor': 'Wallclock', 'rotate.interval.ms': String(HOUR) }),
    [P12],
  )
  await driver.put(...range(0, 9).map((offset) => record(offset)))
  driver.clock.advance(2 * HOUR)
  await driver.put(...range(9, 18).map((offset) => record(offset)))
  driver.clock.advance(HOUR + 1)
  await driver.put(record(18))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 18n })
  assert.deepEqual(await contents(bucket), {
    [keyIn('year=2017/month=03/day=02/hour=10', 0)]: range(0, 9),
    [keyIn('year=2017/month=03/day=02/hour=12', 9)]: range(9, 18),
  })
})

test('T37 a schedule that ran out while nothing was open does not cut the next batch', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ now: TEN_O_CLOCK })
  await driver.start(
    bucket.config({ 'flush.size': '1000', 'rotate.schedule.interval.ms': '600000', timezone: 'UTC' }),
    [P12],
  )
  await driver.put()
  driver.clock.advance(660_000)
  await driver.put(...range(0, 3).map((offset) => record(offset)))
  await driver.settle()
  assert.deepEqual(await bucket.keys(), [])
  driver.clock.advance(660_000)
  await driver.put()
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 3n })
  assert.deepEqual(await contents(bucket), { [keyIn('partition=12', 0)]: [0, 1, 2] })
})

test('a part of a time in quotes is warned of, as it stands in every directory', async () => {
  await using bucket = await TestBucket.create()
  const timed = { ...HOURLY, 'partitioner.class': HOURLY['partitioner.class'].replace('Hourly', 'TimeBased') }
  for (const [format, isWarned] of [
    ["'year'='YYYY'/'month'=MM", true],
    ["'year'=YYYY/'month'=MM", false],
  ] as const) {
    const driver = new SinkDriver()
    await driver.start(
      bucket.config({ ...timed, 'partition.duration.ms': String(HOUR), 'path.format': format }),
      [P12],
    )
    assert.equal(
      driver.warnings.some((text) => text.startsWith("path.format has 'YYYY' in quotes")),
      isWarned,
    )
    await driver.stop()
  }
})
