import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { after, before, suite, test } from 'node:test'
import { PrivateStack } from '../../stack/private-stack.ts'
import { envOf } from '../../stack/stack.ts'
import { until } from '../support/until.ts'
import { FaultScene } from './fault-scene.ts'

const FROZEN_MS = 60_000

let stack: PrivateStack
let scene: FaultScene

before(async () => {
  // A broker of its own: one of the faults is its restart.
  stack = await PrivateStack.create()
  await stack.start(['kafka', 's3'])
  Object.assign(process.env, envOf(stack.settings))
  scene = await FaultScene.create({ workers: 3, connectors: 6, tasks: 4, rate: 20_000, flush: 1_000 })
})
after(async () => {
  await scene?.dispose()
  await stack.remove()
})

suite('3 workers, 6 connectors x 4 tasks, 20,000 records/s', () => {
  test('kill -9 of each in turn: written again within 15 s, and no other task starts', async () => {
    const { cluster } = scene
    await scene.kill('kill -9 of a follower', cluster.follower())
    await scene.kill('kill -9 of another follower', cluster.follower())
    await scene.kill('kill -9 of the leader', cluster.leader())
  })

  test('SIGSTOP for 60 s: its tasks go to others; awake again it commits nothing, and gets work anew', async () => {
    const before = await scene.untilWell()
    const zombie = scene.cluster.follower()
    const fault = performance.now()
    zombie.kill('SIGSTOP')
    try {
      await scene.assertRecovers('SIGSTOP', fault)
      await delay(FROZEN_MS - (performance.now() - fault))
    } finally {
      zombie.kill('SIGCONT')
    }
    const awake = performance.now()
    let committed = await scene.committed()
    await until('the zombie knows that it has lost its tasks', async () => {
      const now = await scene.committed()
      for (const [partition, offset] of committed) {
        assert.ok((now.get(partition) ?? -1n) >= offset, `${partition} went back from ${offset}`)
      }
      committed = now
      return zombie.output().includes('connectors and tasks stop without a commit')
    })
    await scene.assertRecovers('SIGCONT', awake)
    assert.doesNotMatch(zombie.output(), /kept its thread busy/)
    scene.assertUndisturbed(before, await scene.untilWell(), zombie)
    scene.assertNoLongSilence('SIGSTOP and SIGCONT', fault)
  })

  test('a rolling restart: workers end well, and every partition goes on within 15 s of each one’s end beginning', async () => {
    for (const worker of scene.cluster.running) {
      const before = await scene.untilWell()
      const fault = performance.now()
      assert.equal(await worker.stop(), 0)
      console.log(`rolling restart: the worker ended after ${Math.round(performance.now() - fault)} ms`)
      try {
        await scene.assertRecovers('rolling restart', fault)
      } finally {
        await scene.cluster.start(1)
      }
      scene.assertUndisturbed(before, await scene.untilWell(), worker)
      scene.assertNoLongSilence('rolling restart', fault)
    }
  })

  test('a broker restart: written again within 15 s of its return, and no task starts again', async () => {
    const before = await scene.untilWell()
    const fault = performance.now()
    await stack.restart('kafka')
    const back = performance.now()
    console.log(`the broker was away for ${Math.round(back - fault)} ms`)
    await scene.assertRecovers('broker restart', back)
    assert.deepEqual(await scene.untilWell(), before)
  })

  test('after all of it no record is lost and none is doubled', async () => {
    await scene.untilWell()
    console.log(`${await scene.assertExactlyOnce()} records, each once`)
  })
})
