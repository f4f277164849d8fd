import assert from 'node:assert/strict'
import { Schema } from '@spillway/api'
import { type DialectCase, field, ROW_FIELDS } from './dialect-harness.ts'

/** What an error of the database is taken for: it decides who pays for it, the record or the task. */
export const failureCases: readonly DialectCase[] = [
  {
    name: 'a key that is there already is the fault of the record',
    async run(harness) {
      const table = await harness.create()
      await harness.write('insert', table, ROW_FIELDS, [{ id: 1, text: 'one' }])
      const failure = await harness.failure(() =>
        harness.write('insert', table, ROW_FIELDS, [{ id: 1, text: 'again' }]),
      )
      assert.equal(failure.failureClass, 'record', failure.message)
      assert.match(failure.message, /\S/)
    },
  },
  {
    name: 'a null where the column takes none is the fault of the record, and of the column',
    async run(harness) {
      const fields = [field('id', 'INT32', true), field('must', new Schema({ type: 'STRING' }))]
      const table = await harness.create(fields)
      const failure = await harness.failure(() =>
        harness.write('insert', table, fields, [{ id: 1, must: null }]),
      )
      assert.equal(failure.failureClass, 'record', failure.message)
      assert.equal(failure.column, 'must')
    },
  },
  {
    name: 'a table or a column that is gone is a change of the schema',
    async run(harness) {
      const { dialect, session } = harness
      const table = await harness.create()
      const ghost = { ...table, id: harness.tableId() }
      const missing = await harness.failure(() =>
        harness.write('insert', ghost, ROW_FIELDS, [{ id: 1, text: 'x' }]),
      )
      assert.equal(missing.failureClass, 'schema', missing.message)
      const [from, gone] = [dialect.quoteTable(table.id), dialect.quoteName('gone')]
      const column = await harness.failure(() => session.query(`SELECT ${from}.${gone} FROM ${from}`))
      assert.equal(column.failureClass, 'schema', column.message)
    },
  },
  {
    name: 'a statement that is no SQL is not the fault of a record',
    async run(harness) {
      const failure = await harness.failure(() => harness.session.query('SELEKT 1'))
      assert.ok(['config', 'unknown'].includes(failure.failureClass), failure.message)
    },
  },
]
