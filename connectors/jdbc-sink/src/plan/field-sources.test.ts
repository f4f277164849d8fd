import assert from 'node:assert/strict'
import test from 'node:test'
import {
  DATE,
  dateSchema,
  DECIMAL,
  INT32,
  INT64,
  Schema,
  SchemaBuilder,
  STRING,
  TIME,
  TIMESTAMP,
  timestampSchema,
} from '@spillway/api'
import { sinkSettings } from '../config/sink-settings.ts'
import type { Column, SinkField } from '../values/column.ts'
import { mysqlColumnType } from '../dialects/mysql/column-types.ts'
import { postgresColumnType } from '../dialects/postgresql/column-types.ts'
import { sqliteBind, type SqliteStyle } from '../dialects/sqlite/binders.ts'
import { sqliteColumnType } from '../dialects/sqlite/column-types.ts'
import { TemporalText } from '../values/temporal-text.ts'
import { recordFields } from './field-sources.ts'

const COLUMN_TYPES = [
  postgresColumnType,
  (field: SinkField) => mysqlColumnType(field, 'utf8mb4_bin'),
  sqliteColumnType,
]
const STYLE: SqliteStyle = {
  temporal: new TemporalText(sinkSettings({ 'connection.url': 'jdbc:sqlite:x' }).values),
  datesAsText: false,
  timestampUnitsPerMs: 1000n,
}
const columnOf = (field: SinkField): Column => ({
  name: field.name,
  type: sqliteColumnType(field),
  isNullable: true,
  isLoose: false,
})

function fieldsOf(key: Schema, value: Schema | null): readonly SinkField[] {
  const settings = sinkSettings({
    'connection.url': 'jdbc:sqlite:x',
    'pk.mode': 'record_key',
    ...(key.type !== 'STRUCT' && { 'pk.fields': 'id' }),
  })
  return recordFields(settings, 't', 't', { key, value }).all
}

test('a key or text that Cast has made of a logical type has the column and the value of its own type', () => {
  for (const name of [DECIMAL, DATE, TIME, TIMESTAMP]) {
    for (const [plain, value, bound] of [
      [STRING, '12.34', '12.34'],
      [INT32, 3, 3n],
      [INT64, 9007199254740993n, 9007199254740993n],
    ] as const) {
      const schema = new Schema({ type: plain.type, name, parameters: { scale: '2' } })
      if (plain.type === { [DATE]: 'INT32', [TIME]: 'INT32', [TIMESTAMP]: 'INT64' }[name]) continue
      const struct = SchemaBuilder.struct().field('id', schema).build()
      for (const key of [schema, struct]) {
        const [field] = fieldsOf(key, null)
        assert.ok(field)
        assert.equal(sqliteBind(field, columnOf(field), STYLE)(value), bound)
        for (const typeOf of COLUMN_TYPES) {
          assert.equal(typeOf(field), typeOf({ ...field, schema: plain }), `${name} ${plain.type}`)
        }
      }
    }
    const text = fieldsOf(STRING, new Schema({ type: 'STRING', optional: true, name })).at(-1)
    assert.equal(text?.schema.name, undefined)
  }
})

test('a field of a logical type stays one', () => {
  const value = SchemaBuilder.struct().field('day', dateSchema()).field('at', timestampSchema()).build()
  const names = fieldsOf(STRING, value).map(({ schema }) => schema.name)
  assert.deepEqual(names, [DATE, TIMESTAMP, undefined])
})
