import assert from 'node:assert/strict'
import { dateSchema, Decimal, decimalSchema, type Schema, timestampSchema } from '@spillway/api'
import { type DialectCase, field, ROW_FIELDS } from './dialect-harness.ts'

/** Values of one type that lie side by side: a database that rounds, cuts or folds takes two of them for one. */
const NEIGHBOURS: readonly (readonly [Schema['type'] | Schema, readonly unknown[]])[] = [
  ['INT8', [-128, -127, 127]],
  ['INT16', [-32768, 32767]],
  ['INT32', [-2147483648, 2147483647, 2147483646]],
  ['INT64', [9223372036854775807n, 9223372036854775806n, -9223372036854775808n, 9007199254740993n]],
  ['BOOLEAN', [true, false]],
  ['STRING', ['a', 'b', '', 'two words', "quote'd", 'back\\slash', 'déjà', '🙂']],
  [decimalSchema(2), ['0.10', '0.11', '-12345678.90'].map((text) => Decimal.parse(text))],
  [dateSchema(), [new Date('2024-02-29'), new Date('2024-03-01')]],
  [
    timestampSchema(),
    [new Date('2024-02-29T12:00:00.001Z'), new Date('2024-02-29T12:00:00.002Z'), new Date('1999-12-31')],
  ],
]

/** What is written is there; and of it only what was asked for. */
export const rowCases: readonly DialectCase[] = [
  {
    name: 'rows are inserted, many by one call, with nulls',
    async run(harness) {
      const table = await harness.create()
      const rows = Array.from({ length: 300 }, (_, id) => ({ id, text: id % 2 === 0 ? null : `text ${id}` }))
      await harness.write('insert', table, ROW_FIELDS, rows)
      assert.deepEqual(
        await harness.rows(table),
        rows.map(({ id, text }) => `${id}=${text}`),
      )
    },
  },
  {
    name: 'an upsert changes the rows that are there, and adds the others',
    async run(harness) {
      const table = await harness.create()
      await harness.write('insert', table, ROW_FIELDS, [
        { id: 1, text: 'one' },
        { id: 2, text: 'two' },
      ])
      await harness.write('upsert', table, ROW_FIELDS, [
        { id: 2, text: 'changed' },
        { id: 3, text: 'new' },
      ])
      assert.deepEqual(await harness.rows(table), ['1=one', '2=changed', '3=new'])
    },
  },
  {
    name: 'an upsert of keys alone adds those that are not there',
    async run(harness) {
      const table = await harness.create()
      const key = ROW_FIELDS.slice(0, 1)
      await harness.write('insert', table, ROW_FIELDS, [{ id: 1, text: 'one' }])
      await harness.write('upsert', table, key, [{ id: 1 }, { id: 2 }])
      assert.deepEqual(await harness.rows(table), ['1=one', '2=null'])
    },
  },
  {
    name: 'an update changes the rows that are there, and adds none',
    async run(harness) {
      const table = await harness.create()
      await harness.write('insert', table, ROW_FIELDS, [
        { id: 1, text: 'one' },
        { id: 2, text: 'two' },
      ])
      await harness.write('update', table, ROW_FIELDS, [
        { id: 2, text: null },
        { id: 3, text: 'absent' },
      ])
      assert.deepEqual(await harness.rows(table), ['1=one', '2=null'])
    },
  },
  {
    name: 'a deletion takes away the rows of these keys, all columns of the key together',
    async run(harness) {
      const keys = [field('id', 'INT32', true), field('text', 'STRING', true)]
      const table = await harness.create(keys)
      await harness.write('insert', table, keys, [
        { id: 1, text: 'a' },
        { id: 1, text: 'b' },
        { id: 2, text: 'a' },
      ])
      await harness.write('delete', table, keys, [
        { id: 1, text: 'b' },
        { id: 2, text: 'b' },
      ])
      assert.deepEqual(await harness.rows(table), ['1=a', '2=a'])
    },
  },
  {
    name: 'where it applies rows in order, the last of a key in one call wins',
    async run(harness) {
      const table = await harness.create()
      const rows = [
        { id: 1, text: 'first' },
        { id: 2, text: 'other' },
        { id: 1, text: 'last' },
      ]
      // Elsewhere a key comes once per call.
      const calls = harness.dialect.appliesRowsInOrder ? [rows] : rows.map((row) => [row])
      for (const call of calls) await harness.write('upsert', table, ROW_FIELDS, call)
      assert.deepEqual(await harness.rows(table), ['1=last', '2=other'])
    },
  },
  ...NEIGHBOURS.map(([type, values]): DialectCase => {
    const name = typeof type === 'string' ? type : (type.name ?? type.type).replace(/.*\./, '')
    return {
      name: `keys of ${name} are the rows of their values, each of its own`,
      async run(harness) {
        const fields = [field('key', type, true), field('n', 'INT32')]
        const table = await harness.create(fields)
        const rows = values.map((key, n) => ({ key, n }))
        // One a call: what a dialect makes of equal keys in one call is its own.
        for (const row of [...rows, ...rows]) await harness.write('upsert', table, fields, [row])
        assert.equal(await harness.count(table), values.length)
        for (const row of rows.slice(1)) await harness.write('delete', table, fields.slice(0, 1), [row])
        assert.equal(await harness.count(table), 1)
      },
    }
  }),
  {
    name: 'keys have the same text exactly where they are the same, or none at all',
    async run(harness) {
      for (const [type, values] of NEIGHBOURS) {
        const of = field('key', type, true)
        const table = await harness.create([of])
        const [column] = table.columns
        assert.ok(column !== undefined)
        const textOf = harness.dialect.keyText(of, column)
        if (textOf === undefined) continue
        const { bind } = harness.dialect.binder(of, column)
        const texts = [...values, ...values].map((value) => textOf(bind(value)))
        assert.equal(new Set(texts).size, values.length, texts.join(' | '))
      }
    },
  },
  {
    name: 'a preview shows the statements of rows, with the table and every value',
    async run(harness) {
      const table = await harness.create()
      const rows = harness.rowSet(table, ROW_FIELDS, [{ id: 41, text: 'shown' }])
      for (const operation of ['insert', 'upsert', 'update'] as const) {
        const statements = harness.dialect.statements(operation, rows)
        const text = statements.map(({ sql, parameters = [] }) => [sql, ...parameters].join(' ')).join('\n')
        for (const part of [table.id.name, '41', 'shown'])
          assert.ok(text.includes(part), `${operation}: ${text}`)
      }
      assert.equal(await harness.count(table), 0)
    },
  },
]
