import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChangelogReader, type Restore } from '../../transforms/streams/src/kafka/changelog-reader.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { textRecords } from './kafka-app.ts'

test('a store that is kept up is read as far as it may be, waits for tasks that are restored, and goes on where it stood', async () => {
  const [kept, restored] = [uniqueName('kept'), uniqueName('restored')]
  const told: string[] = []
  for (const topic of [kept, restored]) {
    await createTopic(topic)
    await produce(
      textRecords(
        topic,
        Array.from({ length: 10 }, (_, i) => [`k${i}`, topic] as const),
      ),
    )
  }
  const reader = new ChangelogReader(kafka().consumer({ clientId: 'restore' }), {
    onRestoreStart: (_at, store) => void told.push(`${store} starts`),
    onRestoreEnd: (_at, store, total) => void told.push(`${store} ends after ${total}`),
    onRestoreSuspended: (_at, store) => void told.push(`${store} stops`),
  })
  try {
    const seen: string[] = []
    const restore = (
      topic: string,
      storeName: string,
      from: bigint,
      end: bigint,
      isStandby: boolean,
    ): Restore => ({
      taskId: storeName,
      storeName,
      topic,
      partition: 0,
      from,
      end,
      isStandby,
      apply: (records) => {
        for (const { key } of records) seen.push(`${storeName} ${Buffer.from(key).toString()}`)
      },
    })
    const names = (storeName: string, from: number, to: number): string[] =>
      Array.from({ length: to - from }, (_, i) => `${storeName} k${from + i}`)
    const position = (): bigint | undefined => reader.position(kept, 0)

    reader.add([restore(kept, 'standby', 2n, 5n, true)])
    assert.deepEqual([reader.isIdle, reader.hasStandbys], [true, true])
    await until('it comes to its end', async () => (await reader.step(100), position() === 5n))
    await reader.step(200)
    assert.deepEqual(seen.splice(0), names('standby', 2, 5))

    // Who may be read further waits as long as a task is restored.
    reader.extend({ topic: kept, partition: 0 }, 8n)
    reader.add([restore(restored, 'active', 0n, 10n, false)])
    await until('the task is restored', async () => (await reader.step(100), reader.isIdle))
    assert.deepEqual(seen.splice(0), names('active', 0, 10))
    await until('it comes to its new end', async () => (await reader.step(100), position() === 8n))
    assert.deepEqual(seen.splice(0), names('standby', 5, 8))
    assert.deepEqual(
      reader.standbyProgress().map(({ position: at, end }) => [at, end]),
      [[8n, 10n]],
    )

    // It becomes active: what is left is read, and no more.
    reader.remove('standby')
    reader.add([restore(kept, 'standby', 8n, 10n, false)])
    await until('it is restored', async () => (await reader.step(100), reader.isIdle))
    assert.deepEqual(seen, names('standby', 8, 10))
    assert.deepEqual(told, [
      'active starts',
      'active ends after 10',
      'standby starts',
      'standby ends after 2',
    ])
  } finally {
    await reader.close()
  }
})
