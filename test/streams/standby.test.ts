import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { KafkaStreams } from '../../transforms/streams/src/index.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { counting } from './counting.ts'
import { LogOfTest, StateFolder, appConfig, newest, readUntil, textRecords } from './kafka-app.ts'
import { StreamsProcess } from './streams-process.ts'

const keys = Array.from({ length: 200 }, (_, i) => `key-${i}`)

/** Waits until a condition holds. */
async function until(what: string, holds: () => boolean, log: LogOfTest): Promise<void> {
  const end = Date.now() + 60_000
  while (!holds()) {
    if (Date.now() > end) throw new Error(`${what} did not come:\n${log.lines.slice(-40).join('\n')}`)
    await delay(20)
  }
}

describe('standby tasks', { concurrency: true }, () => {
  for (const inMemory of [false, true]) {
    test(`a standby of ${inMemory ? 'memory' : 'disk'} goes on where its process is killed, without reading its changelog from the start`, async (t) => {
      using folder = new StateFolder()
      using other = new StateFolder()
      const [input, output] = [uniqueName('standby-in'), uniqueName('standby-out')]
      await createTopic(input, 2)
      await createTopic(output, 2)
      const config = appConfig(folder.path, {
        'num.standby.replicas': 1,
        ...(inMemory ? { 'default.dsl.store': 'in_memory' } : {}),
      })
      await produce(
        textRecords(
          input,
          Array.from({ length: 10 }, () => keys)
            .flat()
            .map((key) => [key, 'x']),
        ),
      )
      await using active = StreamsProcess.counting(input, output, config)
      await active.app.running()

      const log = new LogOfTest()
      await using app = new KafkaStreams(
        counting(input, output),
        { ...config, 'state.dir': other.path },
        { logger: log },
      )
      const starts = new Map<string, bigint[]>()
      let ends = 0
      app.setGlobalStateRestoreListener({
        onRestoreStart: ({ partition }, _store, from, end) => void starts.set(String(partition), [from, end]),
        onRestoreEnd: () => ends++,
      })
      await app.start()
      await app.running()
      const tasks = () => app.metadataForLocalThreads()[0]
      await until(
        'one task and a standby task',
        () => tasks()?.activeTasks.length === 1 && tasks()?.standbyTasks.length === 1,
        log,
      )
      assert.notDeepEqual(tasks()?.activeTasks, tasks()?.standbyTasks)
      await readUntil(output, (found) => keys.every((key) => newest(found).get(key) === '10'))
      const caughtUp = () =>
        app.standbyProgress().every(({ position, end }) => position > 0n && position >= end)
      await until('a standby task that has caught up', caughtUp, log)
      const [standby] = app.standbyProgress()
      assert.ok(standby !== undefined)

      await active.process.kill()
      const killed = Date.now()
      await produce(
        textRecords(
          input,
          keys.map((key) => [key, 'x']),
        ),
      )
      await readUntil(output, (found) => keys.every((key) => newest(found).get(key) === '11'))
      t.diagnostic(
        `all counts go on ${Date.now() - killed} ms after the kill, of which 6000 are the session's`,
      )
      await until('both tasks', () => tasks()?.activeTasks.length === 2, log)
      const [from, end] = starts.get(String(standby.partition.partition)) ?? []
      assert.ok(
        from !== undefined && end !== undefined && from >= standby.position,
        `restored from ${from} to ${end}`,
      )
      assert.ok(ends >= 2)
      assert.deepEqual(tasks()?.standbyTasks, [])
      t.diagnostic(`restored ${end - from} of ${end} records`)
    })
  }
})
