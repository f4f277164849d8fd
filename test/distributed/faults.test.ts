import { after, before, suite, test } from 'node:test'
import { FaultScene } from './fault-scene.ts'

let scene: FaultScene

before(async () => {
  scene = await FaultScene.create({ workers: 2, connectors: 2, tasks: 2, rate: 400, flush: 50 })
})
after(() => scene.dispose())

// All faults, at the full load: faults.long.ts.
suite('two workers under a steady load', () => {
  test('kill -9 of the leader: all is written again within 15 s, once, and no other task starts', async () => {
    await scene.kill('kill -9 of the leader', scene.cluster.leader())
    await scene.assertExactlyOnce()
  })
})
