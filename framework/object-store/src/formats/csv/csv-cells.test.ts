import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dateSchema, timeSchema, timestampSchema } from '../../../../api/src/data/logical-types.ts'
import {
  FLOAT64,
  INT32,
  OPTIONAL_STRING,
  SchemaBuilder,
  STRING,
} from '../../../../api/src/data/schema-builder.ts'
import type { Schema } from '../../../../api/src/data/schema.ts'
import { csvCell } from './csv-cells.ts'

const DAY = 86_400_000
const last = 8_640_000_000_000_000

const cell = (schema: Schema, value: unknown): string =>
  csvCell(schema, { delimiter: ',', nullText: '' })(value)

const CELLS: readonly (readonly [what: string, Schema, value: unknown, text: string])[] = [
  ['a date', dateSchema(), new Date(19_782 * DAY), '2024-02-29'],
  ['a date before the year 1', dateSchema(), new Date(-719_529 * DAY), '-000001-12-31'],
  ['a date far off', dateSchema(), new Date(last), '+275760-09-13'],
  ['a time', timeSchema(), new Date(DAY - 1), '23:59:59.999'],
  ['an instant far off', timestampSchema(), new Date(-last), '-271821-04-20T00:00:00.000Z'],
  ['a zero below zero', FLOAT64, -0, '-0'],
  ['no number', FLOAT64, Number.NaN, 'NaN'],
  ['an infinity', FLOAT64, Number.NEGATIVE_INFINITY, '-Infinity'],
  ['an empty text, which is not null', STRING, '', '""'],
  ['null', OPTIONAL_STRING, null, ''],
  [
    'a map with numbers for keys',
    SchemaBuilder.map(INT32, OPTIONAL_STRING).build(),
    new Map([[1, null]]),
    '"[[1,null]]"',
  ],
]

for (const [what, schema, value, text] of CELLS) {
  test(`${what} is ${text === '' ? 'nothing' : text}`, () => assert.equal(cell(schema, value), text))
}

test('what is no time of a day, or no instant at all, is a bad record', () => {
  for (const ms of [-1, DAY]) {
    assert.throws(() => cell(timeSchema(), new Date(ms)), {
      name: 'DataError',
      message: /A Time lies within one day/,
    })
  }
  for (const schema of [dateSchema(), timeSchema(), timestampSchema()]) {
    assert.throws(() => cell(schema, new Date(Number.NaN)), {
      name: 'DataError',
      message: /out of its range/,
    })
  }
})
