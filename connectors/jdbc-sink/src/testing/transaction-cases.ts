import assert from 'node:assert/strict'
import { Headers, RetriableError, SinkRecord } from '@spillway/api'
import { OffsetsTable } from '../write/offsets-table.ts'
import { type DialectCase, ROW_FIELDS } from './dialect-harness.ts'

const PARTITION = { topic: 'topic', partition: 3 }

function recordAt(offset: bigint): SinkRecord {
  return new SinkRecord({
    topic: PARTITION.topic,
    kafkaPartition: PARTITION.partition,
    keySchema: null,
    key: null,
    valueSchema: null,
    value: null,
    kafkaOffset: offset,
    timestamp: null,
    timestampType: 'CreateTime',
    headers: new Headers(),
  })
}

/** Transactions, and the positions that are written in them. */
export const transactionCases: readonly DialectCase[] = [
  {
    name: 'what is committed is there for others, and what is not is not',
    async run(harness) {
      const table = await harness.create()
      const other = await harness.another()
      await harness.session.begin()
      await harness.write('insert', table, ROW_FIELDS, [{ id: 1, text: 'one' }])
      assert.deepEqual(await harness.rows(table, other), [])
      await harness.session.commit()
      assert.deepEqual(await harness.rows(table, other), ['1=one'])
      await harness.session.begin()
      await harness.write('delete', table, ROW_FIELDS.slice(0, 1), [{ id: 1 }])
      await harness.session.rollback()
      assert.deepEqual(await harness.rows(table), ['1=one'])
    },
  },
  {
    name: 'a part can be undone up to its savepoint, and the transaction goes on',
    async run(harness) {
      const table = await harness.create()
      const { session } = harness
      await session.begin()
      await harness.write('insert', table, ROW_FIELDS, [{ id: 1, text: 'kept' }])
      await session.savepoint('part')
      await harness.write('insert', table, ROW_FIELDS, [{ id: 2, text: 'undone' }])
      await assert.rejects(harness.write('insert', table, ROW_FIELDS, [{ id: 1, text: 'refused' }]))
      await session.rollbackTo('part')
      await session.release('part')
      await harness.write('insert', table, ROW_FIELDS, [{ id: 3, text: 'after' }])
      await session.commit()
      assert.deepEqual(await harness.rows(table), ['1=kept', '3=after'])
    },
  },
  {
    name: 'where DDL belongs to the transaction around it, it is undone with it',
    async run(harness) {
      const { session, dialect } = harness
      const id = harness.tableId()
      await session.begin()
      await session.lockForDdl()
      await harness.create(ROW_FIELDS, id)
      await session.rollback()
      assert.equal((await session.describeTable(id)) === null, dialect.hasTransactionalDdl)
    },
  },
  {
    name: 'statements take values by placeholders, 64 bits exactly',
    async run({ session, dialect }) {
      const most = 9223372036854775807n
      const { rows } = await session.query(
        `SELECT ${dialect.parameter(1)} AS n WHERE ${dialect.parameter(2)} = ${dialect.parameter(3)}`,
        [most, 'a', 'a'],
      )
      assert.deepEqual(
        rows.map(({ n }) => String(n)),
        [String(most)],
      )
    },
  },
  {
    name: 'positions are kept to the last bit, and a former owner of a partition can write none',
    async run(harness) {
      const { dialect, session } = harness
      const id = harness.tableId('offsets')
      const [first, second] = [0, 1].map(() => new OffsetsTable(dialect, id, 'connector'))
      assert.ok(first !== undefined && second !== undefined)
      await first.create(session)
      await second.create(session)
      assert.equal((await first.claim(session, PARTITION, null)).position, null)
      const last = 9223372036854775806n
      await session.begin()
      await first.store(session, [recordAt(last)])
      await session.commit()
      assert.equal((await second.claim(session, PARTITION, null)).position, last + 1n)
      await session.begin()
      await assert.rejects(first.store(session, [recordAt(5n)]), RetriableError)
      await session.rollback()
      assert.equal((await first.claim(session, PARTITION, null)).position, last + 1n)
    },
  },
  {
    name: 'a connection may be closed twice, or ended at once',
    async run(harness) {
      const closed = await harness.another()
      await closed.close()
      await closed.close()
      const destroyed = await harness.another()
      destroyed.destroy()
      destroyed.destroy()
      await assert.rejects(async () => await destroyed.query('SELECT 1'))
      await destroyed.close()
    },
  },
]
