import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Produced, Serdes, StreamsBuilder, TopologyTestDriver } from '@spillway/streams'
import { planVariety } from '../core/deal-and-level.ts'
import { hashOfText } from '../core/hash.ts'
import { NewestPlan } from '../core/plan-adoption.ts'
import { spreadOf } from '../core/plan.ts'
import { PlanLookup } from '../core/plan-lookup.ts'
import { varietyStreamPartitioner } from './stream-partitioner.ts'

interface Event {
  readonly type: string
}

test('a topology follows the plan, and the next one once it has come', () => {
  const plan = new NewestPlan()
  const chosen: number[] = []
  const partitioner = varietyStreamPartitioner<string, string>({ plan, kind: (_, value) => typeOf(value) })
  const builder = new StreamsBuilder()
  builder.stream<string, string>('events').to(
    'by-type',
    Produced.with<string, string>(Serdes.string(), Serdes.string()).withStreamPartitioner((...args) => {
      const partition = partitioner(args[0], args[1], args[2], 12)
      chosen.push(partition)
      return 0
    }),
  )
  const driver = new TopologyTestDriver(builder.build(), {
    'application.id': 'variety',
    'bootstrap.servers': 'none:9092',
    'default.key.serde': Serdes.string(),
    'default.value.serde': Serdes.string(),
  })
  try {
    const input = driver.createInputTopic('events', Serdes.string().serializer, Serdes.string().serializer)
    const send = (): void => {
      for (const type of ['click', 'view', 'click']) input.pipeInput('key', JSON.stringify({ type }))
    }
    send()
    assert.deepEqual(
      chosen.splice(0),
      ['click', 'view', 'click'].map((kind) => hashOfText(kind) % 12),
    )
    const next = planVariety(
      new Map([
        ['click', 30],
        ['view', 1],
      ]),
      12,
    )
    plan.adopt(next)
    send()
    const lookup = new PlanLookup(next)
    assert.deepEqual(
      chosen,
      ['click', 'view', 'click'].map((kind) => lookup.partitionOf(kind, 'key')),
    )
  } finally {
    driver.close()
  }
})

test('keys are bytes, texts or numbers; others are asked for; records without a key are spread', () => {
  const plan = new NewestPlan()
  plan.adopt(planVariety(new Map([['', 1]]), 8))
  const choose = varietyStreamPartitioner<unknown, null>({ plan, kind: () => undefined })
  assert.equal(choose('t', 'a', null, 8), choose('t', Buffer.from('a'), null, 8))
  assert.equal(choose('t', 5n, null, 8), choose('t', 5, null, 8))
  assert.throws(() => choose('t', {}, null, 8), /give it keyBytes/)
  const numbered = varietyStreamPartitioner<string, number>({ plan, kind: (_, value) => value })
  assert.equal(numbered('t', 'a', 7, 8), hashOfText('7') % 8)
  const counts = new Map<number, number>()
  for (let i = 0; i < 64 * 800; i++) {
    const partition = choose('t', null, null, 8)
    counts.set(partition, (counts.get(partition) ?? 0) + 1)
  }
  assert.equal(counts.size, 8)
  for (const count of counts.values())
    assert.ok(count > 64 * 95 && count < 64 * 105, `${[...counts.values()].join()}`)
})

test('a plan for more partitions than the topic has is refused; for fewer it is followed', () => {
  const plan = new NewestPlan()
  const next = planVariety(new Map([['a', 1]]), 8, 3)
  plan.adopt(next)
  const choose = varietyStreamPartitioner<string, null>({ plan, kind: () => 'a' })
  assert.throws(
    () => choose('t', 'k', null, 4),
    /Version 3 of the variety plan is for 8 partitions, and the topic has 4/,
  )
  assert.equal(choose('t', 'k', null, 16), new PlanLookup(next).partitionOf('a', 'k'))
  plan.adopt(planVariety(new Map([['a', 1]]), 4, 2))
  assert.equal(plan.lookup?.plan.version, 3)
  assert.equal(spreadOf(next).mostKinds, 1)
})

function typeOf(value: string): string {
  return (JSON.parse(value) as Event).type
}
