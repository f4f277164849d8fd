import assert from 'node:assert/strict'
import { dateSchema, decimalSchema, Schema, timeSchema, timestampSchema } from '@spillway/api'
import { type DialectCase, field, ROW_FIELDS } from './dialect-harness.ts'

const optional = { optional: true }
/** A schema of every type that a sink makes columns for by itself. */
const TYPES: readonly Schema[] = [
  ...(['INT8', 'INT16', 'INT32', 'INT64', 'FLOAT32', 'FLOAT64', 'BOOLEAN', 'STRING', 'BYTES'] as const).map(
    (type) => new Schema({ type, optional: true }),
  ),
  decimalSchema(2, optional),
  dateSchema(optional),
  timeSchema(optional),
  timestampSchema(optional),
]

/** Tables: their names, how they are made and widened, what the catalog says of them. */
export const tableCases: readonly DialectCase[] = [
  {
    name: 'a table that is not there is null',
    async run(harness) {
      assert.equal(await harness.session.describeTable(harness.tableId()), null)
    },
  },
  {
    name: 'a table is described as it was made: its columns in order, its key, what may be null',
    async run(harness) {
      const fields = [field('b', 'STRING', true), field('a', 'INT64', true), field('c', 'FLOAT64')]
      const table = await harness.create(fields)
      assert.deepEqual(
        table.columns.map(({ name, isNullable }) => [name, isNullable]),
        [
          ['b', false],
          ['a', false],
          ['c', true],
        ],
      )
      assert.deepEqual([table.kind, table.primaryKey], ['TABLE', ['b', 'a']])
      assert.ok(table.uniqueIndexes.some((columns) => columns.toSorted().join() === 'a,b'))
      assert.equal(table.hasOtherConstraints, false)
    },
  },
  {
    name: 'names may be anything: quotes, blanks, dots, capitals, other letters, words of SQL',
    async run(harness) {
      const names = ['select', 'Two Words', 'a.b', 'q"u`o\'te', 'größe']
      const fields = names.map((name, i) => field(name, 'INT32', i === 0))
      const table = await harness.create(fields, harness.tableId('Odd "name"'))
      assert.deepEqual(
        table.columns.map(({ name }) => name),
        names,
      )
      await harness.write('insert', table, fields, [Object.fromEntries(names.map((name, i) => [name, i]))])
      assert.equal(await harness.count(table), 1)
    },
  },
  {
    name: 'columns whose names the database takes for the same have one key, others their own',
    async run({ dialect }) {
      assert.equal(dialect.columnKey('name'), dialect.columnKey('name'))
      assert.notEqual(dialect.columnKey('name'), dialect.columnKey('other'))
    },
  },
  {
    name: 'there is a column for every type, and a default of it where one has a literal',
    async run(harness) {
      const fields = TYPES.map((schema, i) => field(`c${i}`, schema))
      const table = await harness.create([field('id', 'INT32', true), ...fields])
      assert.equal(table.columns.length, fields.length + 1)
      await harness.write('insert', table, [field('id', 'INT32', true)], [{ id: 1 }])
      assert.equal(await harness.count(table), 1)
    },
  },
  {
    name: 'columns are added to a table with rows; a default is theirs, and null without one',
    async run(harness) {
      const before = await harness.create()
      await harness.write('insert', before, ROW_FIELDS, [{ id: 1, text: 'old' }])
      const added = [
        field('plain', 'STRING'),
        field('filled', new Schema({ type: 'INT32', optional: true, defaultValue: 7 })),
      ]
      const { dialect, session } = harness
      const statements = dialect.addColumns(
        before.id,
        added.map((of) => harness.definition(of)),
      )
      for (const statement of statements) await session.query(statement)
      const table = await harness.describe(before.id)
      assert.deepEqual(
        table.columns.map(({ name }) => name),
        ['id', 'text', 'plain', 'filled'],
      )
      const [plain, filled] = added.map(({ name }) => dialect.quoteName(name))
      const { rows } = await session.query(`SELECT ${plain}, ${filled} FROM ${dialect.quoteTable(table.id)}`)
      assert.deepEqual(
        rows.map((row) => [row['plain'], Number(row['filled'])]),
        [[null, 7]],
      )
    },
  },
]
