import assert from 'node:assert/strict'
import test from 'node:test'
import { Headers, type OffsetAndMetadata, SinkRecord, TopicPartitionMap } from '@spillway/api'
import { WriteQueue } from './write-queue.ts'

const P = { topic: 't', partition: 0 }

function records(from: number, to: number): SinkRecord[] {
  return Array.from(
    { length: to - from },
    (_, i) =>
      new SinkRecord({
        topic: 't',
        kafkaPartition: 0,
        keySchema: null,
        key: null,
        valueSchema: null,
        value: 'v',
        kafkaOffset: BigInt(from + i),
        timestamp: null,
        timestampType: 'CreateTime',
        headers: new Headers(),
      }),
  )
}

const consumed = (offset: bigint): TopicPartitionMap<OffsetAndMetadata> =>
  new TopicPartitionMap<OffsetAndMetadata>([[P, { offset }]])

/** A database that answers when it is told to. */
class SlowDatabase {
  readonly batches: bigint[][] = []
  #answers: ((error?: Error) => void)[] = []

  readonly write = async (batch: readonly SinkRecord[]): Promise<void> => {
    this.batches.push(batch.map((record) => record.kafkaOffset))
    await new Promise<void>((resolve, reject) => {
      this.#answers.push((error) => (error === undefined ? resolve() : reject(error)))
    })
  }

  async answer(error?: Error): Promise<void> {
    this.#answers.shift()?.(error)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function queueOn(database: SlowDatabase, maxRecords = 10): WriteQueue {
  return new WriteQueue({ maxRecords, maxBytes: 1e6, write: database.write, onFailure: () => undefined })
}

test('what arrives while a batch is written is the next batch, puts whole', async () => {
  const database = new SlowDatabase()
  const queue = queueOn(database)
  await queue.accept(records(0, 2))
  await queue.accept(records(2, 4))
  await queue.accept(records(4, 5))
  assert.deepEqual(database.batches, [[0n, 1n]])
  await database.answer()
  assert.deepEqual(database.batches[1], [2n, 3n, 4n])
})

test('only what is written counts as durable; where nothing is open, all that is consumed', async () => {
  const database = new SlowDatabase()
  const queue = queueOn(database)
  await queue.accept(records(5, 7))
  await queue.accept(records(7, 9))
  assert.equal(queue.durable(consumed(9n)).get(P)?.offset, 5n)
  await database.answer()
  assert.equal(queue.durable(consumed(9n)).get(P)?.offset, 7n)
  await database.answer()
  assert.equal(queue.durable(consumed(12n)).get(P)?.offset, 12n)
})

test('a batch that failed is the next one tried, and nothing passes it', async () => {
  const database = new SlowDatabase()
  const queue = queueOn(database)
  await queue.accept(records(0, 2))
  await queue.accept(records(2, 3))
  await database.answer(new Error('gone'))
  assert.match(String(queue.failure?.error), /gone/)
  const retry = queue.retry()
  assert.deepEqual(database.batches, [
    [0n, 1n],
    [0n, 1n],
  ])
  await database.answer()
  await retry
  assert.deepEqual(database.batches[2], [2n])
})

test('a full queue makes its callers wait', async () => {
  const database = new SlowDatabase()
  const queue = queueOn(database, 3)
  await queue.accept(records(0, 1))
  let isTaken = false
  const accepted = queue.accept(records(1, 4)).then(() => {
    isTaken = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(isTaken, false)
  await database.answer()
  await accepted
})

test('partitions that leave take their records along, and a failure with them', async () => {
  const database = new SlowDatabase()
  const queue = queueOn(database)
  await queue.accept(records(0, 2))
  await database.answer(new Error('gone'))
  await queue.drop([P])
  assert.equal(queue.failure, null)
  assert.ok(queue.isEmpty)
})
