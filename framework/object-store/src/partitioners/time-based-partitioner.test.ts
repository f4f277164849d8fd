import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  BYTES,
  FLOAT32,
  FLOAT64,
  INT64,
  STRING,
  SchemaBuilder,
} from '../../../api/src/data/schema-builder.ts'
import type { Schema } from '../../../api/src/data/schema.ts'
import { timestampSchema } from '../../../api/src/data/logical-types.ts'
import { Struct } from '../../../api/src/data/struct.ts'
import { ConnectError, DataError } from '../../../api/src/errors/connect-errors.ts'
import { PartitionError } from '../confluent/partition-error.ts'
import { LOS_ANGELES, confluent, recordOf } from './partitioners.fixture.ts'

const APRIL = 1427961600000
const APRIL_TEXT = 'year=2015/month=4/day=2/hour=1'

/** The directory of a value whose field `timestamp` has that schema. */
async function fieldTime(
  schema: Schema,
  value: unknown,
  config: Record<string, string> = {},
): Promise<string> {
  const record = SchemaBuilder.struct().field('timestamp', schema).build()
  const partitioner = await confluent('TimeBasedPartitioner', {
    ...LOS_ANGELES,
    'timestamp.extractor': 'RecordField',
    ...config,
  })
  return partitioner.encodePartition(recordOf(new Struct(record).put('timestamp', value), record), 0)
}

suite('TimeBasedPartitioner', () => {
  test('T27 cuts in local time and truncates as Java does: before 1970 one bucket late', async () => {
    const partitioner = await confluent('TimeBasedPartitioner', {
      locale: 'en',
      timezone: 'UTC',
      'partition.duration.ms': '3600000',
      'path.format': "YYYY-MM-dd'T'HH",
      'timestamp.extractor': 'Record',
    })
    const at = (timestamp: number): string =>
      partitioner.encodePartition(recordOf(null, null, { timestamp }), 0)
    assert.equal(at(3_599_999), '1970-01-01T00')
    assert.equal(at(-1), '1970-01-01T00')
    assert.equal(at(-3_599_999), '1970-01-01T00')
    assert.equal(at(-3_600_000), '1969-12-31T23')
    assert.equal(at(-3_600_001), '1969-12-31T23')
  })

  test('T27 duration rounds fields finer than it', async () => {
    const partitioner = await confluent('TimeBasedPartitioner', {
      ...LOS_ANGELES,
      'partition.duration.ms': '60000',
      'path.format': "'min'=mm/'sec'=ss",
      'timestamp.extractor': 'Record',
    })
    assert.equal(
      partitioner.encodePartition(recordOf(null, null, { timestamp: APRIL + 61_999 }), 0),
      'min=01/sec=00',
    )
  })

  test('T28 reads int64, Timestamp, ISO texts and digits of a field', async () => {
    const text = STRING
    assert.equal(await fieldTime(INT64, BigInt(APRIL)), APRIL_TEXT)
    assert.equal(await fieldTime(timestampSchema(), new Date(APRIL)), APRIL_TEXT)
    assert.equal(await fieldTime(text, '2015-04-02T01:00:00-07:00'), APRIL_TEXT)
    assert.equal(await fieldTime(text, '2015-04-02T01:00:00.000-07:00'), APRIL_TEXT)
    assert.equal(await fieldTime(text, String(APRIL)), APRIL_TEXT)
    assert.equal(
      await fieldTime(text, String(APRIL), { 'partition.duration.ms': '7200000' }),
      'year=2015/month=4/day=2/hour=0',
    )
  })

  test('T28 reads nested fields of structs, maps and JSON objects', async () => {
    const partitioner = await confluent('TimeBasedPartitioner', {
      ...LOS_ANGELES,
      'timestamp.extractor': 'RecordField',
      'timestamp.field': 'header.timestamp',
    })
    const header = SchemaBuilder.struct().field('timestamp', INT64).build()
    const schema = SchemaBuilder.struct().field('header', header).build()
    const withMap = SchemaBuilder.struct().field('header', SchemaBuilder.map(STRING, INT64).build()).build()
    const values = [
      new Struct(schema).put('header', new Struct(header).put('timestamp', BigInt(APRIL))),
      new Struct(withMap).put('header', new Map([['timestamp', BigInt(APRIL)]])),
      new Map([['header', new Map([['timestamp', APRIL]])]]),
      { header: { timestamp: APRIL } },
      { header: { timestamp: '2015-04-02T01:00:00-07:00' } },
      { header: { timestamp: APRIL + 0.75 } },
    ]
    for (const value of values) assert.equal(partitioner.encodePartition(recordOf(value), 0), APRIL_TEXT)
  })

  test('T29 takes any 64-bit integer in a text as milliseconds', async () => {
    const partitioner = await confluent('TimeBasedPartitioner', {
      ...LOS_ANGELES,
      'timestamp.extractor': 'RecordField',
    })
    for (const text of ['-1', '0', '9223372036854775807', '-9223372036854775808']) {
      assert.equal(partitioner.extractTimestamp?.(recordOf({ timestamp: text }), 5), Number(text))
      assert.match(partitioner.encodePartition(recordOf({ timestamp: text }), 5), /^year=\d+\/month=\d/)
    }
  })

  test('refuses other fields, values and texts, in the words of Java', async () => {
    const failures: [unknown, Schema | undefined, RegExp][] = [
      [1.5, FLOAT64, /^Error extracting timestamp from record field: timestamp/],
      [1.5, FLOAT32, /^Error extracting timestamp from record field: timestamp/],
      [Buffer.from('x'), BYTES, /^Error extracting timestamp from record field: timestamp/],
      ['abc', STRING, /^Invalid format: "abc"/],
      ['2015-04-02 1', STRING, /^Invalid format: "2015-04-02 1" is malformed at " 1"/],
    ]
    for (const [value, schema, message] of failures) {
      await assert.rejects(fieldTime(schema as Schema, value), (error) => {
        assert.ok(error instanceof PartitionError)
        assert.match(error.message, message)
        assert.match(error.message, /test-topic-12@7/)
        return true
      })
    }
    const partitioner = await confluent('TimeBasedPartitioner', {
      ...LOS_ANGELES,
      'timestamp.extractor': 'RecordField',
    })
    for (const value of ['text', 5, null, [1]]) {
      assert.throws(
        () => partitioner.encodePartition(recordOf(value), 0),
        /^PartitionError: Error encoding partition\./,
      )
    }
    assert.throws(
      () => partitioner.encodePartition(recordOf({}), 0),
      (error) =>
        error instanceof DataError && error.message.startsWith("The field 'timestamp' does not exist."),
    )
    assert.throws(
      () => partitioner.encodePartition(recordOf({ timestamp: [] }), 0),
      /^PartitionError: Error extracting timestamp from record field: timestamp/,
    )
  })

  test('T31 hours of America/Santiago on its days of change', async () => {
    const partitioner = await confluent('HourlyPartitioner', {
      locale: 'en',
      timezone: 'America/Santiago',
      'timestamp.extractor': 'Record',
    })
    const at = (timestamp: number): string =>
      partitioner.encodePartition(recordOf(null, null, { timestamp }), 0)
    assert.equal(at(1715224653000), 'year=2024/month=05/day=08/hour=23')
    assert.equal(at(1706411853000), 'year=2024/month=01/day=28/hour=00')
  })

  test('T32 refuses a record without timestamp for the Record extractor', async () => {
    const partitioner = await confluent('HourlyPartitioner', {
      locale: 'en',
      timezone: 'UTC',
      'timestamp.extractor': 'Record',
    })
    assert.throws(
      () => partitioner.encodePartition(recordOf(null), 0),
      (error) => {
        assert.ok(error instanceof ConnectError)
        assert.match(error.message, /^Unable to determine timestamp using timestamp\.extractor Record/)
        return true
      },
    )
  })

  test('T34 Wallclock takes the time of the batch, whatever the record says', async () => {
    const partitioner = await confluent('DailyPartitioner', { locale: 'en', timezone: 'UTC' })
    const record = recordOf(null, null, { timestamp: 5 })
    assert.equal(partitioner.encodePartition(record, APRIL), 'year=2015/month=04/day=02')
    assert.equal(partitioner.extractTimestamp?.(record, APRIL), APRIL)
  })

  test('uses directory.delim in the paths it brings itself, and drops one at the end of path.format', async () => {
    const daily = await confluent('DailyPartitioner', {
      locale: 'en',
      timezone: 'UTC',
      'directory.delim': '_',
    })
    assert.equal(daily.encodePartition(recordOf(null), APRIL), 'year=2015_month=04_day=02')
    const own = await confluent('TimeBasedPartitioner', { ...LOS_ANGELES, 'path.format': 'YYYY/MM/' })
    assert.equal(own.encodePartition(recordOf(null), APRIL), '2015/04')
  })

  test('a time that is none is a bad record, in every zone, and a fallback is tried for it', async () => {
    const fields = { 'timestamp.extractor': 'RecordField', 'timestamp.field': 't' }
    const values = [Infinity, -Infinity, NaN, 1e300, new Date(NaN), null, true, {}, [], '', 'NaN', '1e999']
    for (const timezone of ['UTC', 'America/New_York', '+05:30']) {
      const config = { locale: 'en', timezone, ...fields }
      const plain = await confluent('HourlyPartitioner', config)
      const forgiving = await confluent('HourlyPartitioner', { ...config, 'timestamp.fallback': 'wallclock' })
      const expected = forgiving.encodePartition(recordOf({ t: APRIL }), 0)
      for (const t of values) {
        const record = recordOf({ t })
        assert.throws(
          () => plain.encodePartition(record, APRIL),
          PartitionError,
          `${String(t)} in ${timezone}`,
        )
        assert.throws(() => plain.extractTimestamp?.(record, APRIL), PartitionError)
        assert.equal(forgiving.encodePartition(record, APRIL), expected)
      }
      assert.throws(() => plain.encodePartition(recordOf({}), APRIL), DataError)
      assert.throws(() => plain.encodePartition(recordOf({ t: null }), APRIL), /has null there/)
    }
  })
})
