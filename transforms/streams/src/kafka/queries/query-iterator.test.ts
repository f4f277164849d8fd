import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PendingException } from '../../core/synchronous.ts'
import { CursorIterator } from '../../state/cursor-iterator.ts'
import { paused } from '../../state/store.ts'
import { QueryIterator } from './query-iterator.ts'
import { readStore } from './read-store.ts'

test('for await gives the thread back while a row is looked for; for of does not', async () => {
  let turns = 0
  /** Finds nothing before others have had their turn; who does not wait finds it at once. */
  const rows = (): QueryIterator<number> => {
    let row = 0
    const begun = turns
    setImmediate(() => turns++)
    return new QueryIterator(
      new CursorIterator((passOver) => {
        if (passOver !== Infinity && turns === begun) return paused
        return row < 3 ? row++ : undefined
      }),
    )
  }
  const found: number[] = []
  for await (const row of rows()) found.push(row)
  assert.deepEqual([found, turns], [[0, 1, 2], 1])
  assert.deepEqual([...rows()], [0, 1, 2])
  assert.equal(turns, 1)
})

test('an iteration that is left closes what it reads, either way', async () => {
  let closed = 0
  const rows = (): QueryIterator<number> =>
    new QueryIterator(
      new CursorIterator(
        () => 7,
        () => closed++,
      ),
    )
  for (const row of rows()) if (row === 7) break
  assert.equal(closed, 1)
  for await (const row of rows()) if (row === 7) break
  assert.equal(closed, 2)
  const failing = async (): Promise<void> => {
    for await (const row of rows()) throw new Error(`row ${row}`)
  }
  await assert.rejects(failing(), { message: 'row 7' })
  assert.equal(closed, 3)
  using left = rows()
  left.close()
  assert.equal(closed, 4)
})

test('where a serde has to ask first the query is refused, and answers once it knows', async () => {
  let known: string | undefined
  const answer = Promise.resolve().then(() => (known = 'schema 7'))
  const read = (): string => {
    if (known !== undefined) return known
    throw new PendingException(
      'the registry',
      answer,
      () => answer,
      () => assert.fail('it was not refused'),
    )
  }
  assert.throws(() => readStore('counts', read), {
    name: 'InvalidStateStoreException',
    message: 'Store counts waits for the registry: ask again in a moment',
  })
  await answer
  assert.equal(readStore('counts', read), 'schema 7')
})
