/** Cases B of the sink runtime in which partitions come and go. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { until } from '../../support/until.ts'
import { CaseWorker } from './cases/case-worker.ts'
import { filledTopic, Monitored } from './cases/monitored.ts'

const folder = mkdtempSync(join(tmpdir(), 'conformance-rebalance-'))
/** Two workers: connectors of two of them can share a group, and each keeps its own state. */
let one: CaseWorker
let other: CaseWorker

before(async () => {
  const config = { 'offset.flush.interval.ms': '500' }
  ;[one, other] = await Promise.all([
    CaseWorker.start('standalone', config),
    CaseWorker.start('standalone', config),
  ])
})
after(async () => {
  await Promise.all([one.dispose(), other.dispose()])
  rmSync(folder, { recursive: true, force: true })
})

/** A second member of the group of a connector. */
async function joined(
  first: Monitored,
  topic: string,
  config: Record<string, string> = {},
): Promise<Monitored> {
  const second = new Monitored(other, folder)
  await second.create(topic, { ...config, 'consumer.override.group.id': `connect-${first.name}` })
  return second
}

suite('rebalances', () => {
  for (const [name, isCooperative] of [
    ['RangeAssignor', false],
    ['CooperativeStickyAssignor', true],
  ] as const) {
    const title = isCooperative
      ? `B22: with ${name} a new member takes only what moves`
      : `B21: with ${name} a new member closes and opens everything`
    test(title, async () => {
      const values = Array.from({ length: 8 }, (_, i) => `v${i}`)
      const topic = await filledTopic(values, 4)
      const first = new Monitored(one, folder)
      const config = {
        'consumer.override.partition.assignment.strategy': `org.apache.kafka.clients.consumer.${name}`,
      }
      await first.create(topic, config)
      await until('all partitions are open', () => first.partitions('open').length === 4)
      const wanted = Object.fromEntries([0, 1, 2, 3].map((p) => [`${topic}-${p}`, 2]))
      await until('all is committed', async () => {
        const committed = await first.committed()
        return Object.entries(wanted).every(([partition, offset]) => committed[partition] === offset)
      })
      const second = await joined(first, topic, config)
      await until('the second has two partitions', () => second.partitions('open').length === 2)
      await until('the first has closed what it gave up', () => first.partitions('close').length > 0)
      assert.equal(first.partitions('close').length, isCooperative ? 2 : 4)
      assert.deepEqual(second.values(), [], 'what was committed before the revocation does not come again')
      await first.remove()
      await second.remove()
    })
  }

  test('B7: records of a partition that is revoked are no longer put again', async () => {
    const topic = await filledTopic(['a', 'b'], 2)
    const first = new Monitored(one, folder)
    await first.create(topic, { 'fail.puts': '1000000', 'put.timeout.ms': '100' })
    await until(
      'both partitions are tried',
      () => new Set(first.values()).size === 2 && first.batches().length >= 3,
    )
    const second = await joined(first, topic)
    await until('the second has its record', () => second.values().length > 0)
    const [moved] = second.values()
    const soFar = first.batches().length
    await until('the first goes on with its own', () => first.batches().length >= soFar + 3)
    for (const batch of first.batches().slice(soFar + 1)) {
      assert.ok(
        batch.every((record) => record.value !== moved),
        JSON.stringify(batch),
      )
    }
    await first.remove()
    await second.remove()
  })

  test('B23: a close that throws when partitions are revoked fails the task', async () => {
    const topic = await filledTopic(['a', 'b'], 2)
    const first = new Monitored(one, folder)
    await first.create(topic, { 'fail.closes': 'true' })
    await until('both records are put', () => first.values().length === 2)
    const second = await joined(first, topic)
    await until('the task fails', async () => (await one.status(first.name)).tasks[0]?.state === 'FAILED')
    assert.match((await one.status(first.name)).tasks[0]?.trace ?? '', /close was asked to fail/)
    await first.remove()
    await second.remove()
  })
})
