import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parquetReadObjects } from 'hyparquet'
import { Headers } from '../../../api/src/data/headers.ts'
import { INT32, OPTIONAL_STRING, SchemaBuilder } from '../../../api/src/data/schema-builder.ts'
import type { Schema } from '../../../api/src/data/schema.ts'
import { SinkRecord } from '../../../api/src/data/sink-record.ts'
import { Struct } from '../../../api/src/data/struct.ts'
import { fileOf, formatOf, MemoryFile } from './format.fixture.ts'

const MAP = SchemaBuilder.map(OPTIONAL_STRING, INT32).build()
const ROW = SchemaBuilder.struct().name('Row').field('map', MAP).build()
const NESTED = SchemaBuilder.struct().name('Nested').field('list', SchemaBuilder.array(ROW).build()).build()

function record(valueSchema: Schema, value: unknown): SinkRecord {
  return new SinkRecord({
    topic: 't',
    kafkaPartition: 0,
    kafkaOffset: 0n,
    keySchema: null,
    key: null,
    valueSchema,
    value,
    timestamp: null,
    timestampType: 'NoTimestampType',
    headers: new Headers(),
  })
}

/** Rows with a map of that key, at the depths where maps may stand. */
const rowsOf = (key: string | null): SinkRecord[] => {
  const row = new Struct(ROW, [new Map([[key, 1]])])
  return [record(ROW, row), record(NESTED, new Struct(NESTED, [[row]]))]
}

suite('maps whose keys are texts that may be null', () => {
  test('are objects in JSON lines and CSV', async () => {
    const [row, nested] = rowsOf('a') as [SinkRecord, SinkRecord]
    assert.equal((await fileOf(formatOf('json'), [row])).toString(), '{"map":{"a":1}}\n')
    assert.equal((await fileOf(formatOf('json'), [nested])).toString(), '{"list":[{"map":{"a":1}}]}\n')
    assert.equal((await fileOf(formatOf('csv'), [row])).toString(), 'map\n"{""a"":1}"\n')
  })

  test('are maps in Parquet', async () => {
    const { buffer } = new Uint8Array(await fileOf(formatOf('parquet'), [rowsOf('a')[0] as SinkRecord]))
    const file = {
      byteLength: buffer.byteLength,
      slice: (from: number, to?: number) => buffer.slice(from, to),
    }
    assert.deepEqual(await parquetReadObjects({ file, utf8: true }), [{ map: { a: 1 } }])
  })

  for (const format of ['json', 'csv', 'parquet']) {
    test(`with a key that is null make a bad record in ${format}, not a file that cannot be closed`, async () => {
      const file = new MemoryFile()
      for (const bad of rowsOf(null)) {
        assert.throws(() => formatOf(format).append(bad, file), { name: 'DataError' })
      }
      assert.equal(file.bytes, 0)
    })
  }

  test('keep a key that is null in Avro, whose maps of such keys are lists of entries', async () => {
    for (const row of rowsOf(null)) assert.ok((await fileOf(formatOf('avro'), [row])).length > 0)
    const asMap = formatOf('avro', { 'allow.optional.map.keys': 'true' })
    assert.throws(() => asMap.append(rowsOf(null)[0] as SinkRecord, new MemoryFile()), { name: 'DataError' })
  })
})
