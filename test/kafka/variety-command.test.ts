/** `spillway variety plan` as a process against the real broker. */
import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { type PlanAssembler, PlanLookup, spreadOf } from '@spillway/variety'
import { planCommand, type PlanOptions } from '../../spillway/src/variety/plan-command.ts'
import { kindOf } from '../../spillway/src/variety/kind-of.ts'
import { readPlans } from '../../spillway/src/variety/plan-topic.ts'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { root, spillway } from '../streams/command.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'

const servers = endpointsFromEnv().kafka.bootstrapServers
const topic = uniqueName('events')
const planTopic = `${topic}-variety`

const DEFAULTS = { records: '100000', weight: 'bytes', keep: '0.5', limit: '1.1' }

/** What the command tells, in this process. */
async function plan(options: Partial<PlanOptions>): Promise<string> {
  let out = ''
  const code = await planCommand(
    { ...DEFAULTS, topic, bootstrapServer: servers, ...options },
    (text) => (out += text),
  )
  assert.equal(code, 0)
  return out
}

async function plansOf(name: string): Promise<PlanAssembler> {
  const consumer = kafka().consumer({ clientId: 'test' })
  try {
    return await readPlans(consumer, name, (line) => assert.fail(line))
  } finally {
    await consumer.close()
  }
}

/** Skewed over 59 of 60 types, all keyed by user; the type is in the value and in a header. */
function events(
  count: number,
  first: number,
): {
  topic: string
  partition: number
  key: Buffer
  value: Buffer
  headers: { key: string; value: Buffer }[]
}[] {
  const types = Array.from({ length: 60 }, (_, i) => `type-${(i + first) % 60}`)
  return Array.from({ length: count }, (_, i) => {
    const type = types[Math.floor(60 ** ((i % 997) / 997)) - 1] as string
    return {
      topic,
      partition: i % 6,
      key: Buffer.from(`user-${i % 50}`),
      value: Buffer.from(JSON.stringify({ meta: { type }, note: 'x'.repeat(20) })),
      headers: [{ key: 'type', value: Buffer.from(type) }],
    }
  })
}

before(async () => {
  await createTopic(topic, 6)
  await produce(events(5000, 0))
})

suite('spillway variety plan', () => {
  test('tells what a plan would be, writes it, leaves what is good, and repairs what has drifted', async () => {
    const admin = kafka().admin()
    const dry = await plan({ field: 'meta.type', dryRun: true })
    assert.match(dry, /6 partitions; 5000 records read, 59 kinds\n/)
    assert.match(dry, /kinds on the partition with most +\d+ +1[01]\n/)
    assert.match(dry, /Dry run: nothing was written/)
    assert.ok(!(await admin.listTopics()).includes(planTopic))

    const command = ['variety', 'plan', '--bootstrap-server', servers, '--topic', topic, '--header', 'type']
    const written = await spillway(root, ...command)
    assert.equal(written.code, 0, written.err)
    assert.ok(written.out.includes(`Version 1 was written to ${planTopic}`), written.out)
    assert.equal((await admin.topicConfigs(planTopic))['cleanup.policy'], 'compact')
    await admin.close()
    const first = (await plansOf(planTopic)).plan
    assert.ok(first !== undefined && spreadOf(first).imbalance < 1.001 && spreadOf(first).mostKinds <= 11)
    assert.match(
      await plan({ header: 'type', weight: 'bytes' }),
      /Version 1 does as well: nothing was written/,
    )

    await produce(events(20_000, 30))
    assert.match(await plan({ field: 'meta.type', keep: '0' }), /From version 1: \d+\.\d % of the load moves/)
    const second = (await plansOf(planTopic)).plan
    assert.ok(second?.version === 2 && spreadOf(second).imbalance <= 1.1 + 1e-6)

    await produce(events(40_000, 15))
    await plan({ field: 'meta.type', strict: true, keep: '1', weight: 'records' })
    const kept = (await plansOf(planTopic)).plan
    assert.ok(kept !== undefined)
    for (const kind of second.kinds)
      assert.deepEqual(new PlanLookup(kept).partitionsOf(kind), new PlanLookup(second).partitionsOf(kind))
  })

  test('refuses what cannot be, and says what to do', async () => {
    await createTopic(`${topic}-deleted`)
    for (const [options, message] of [
      [{}, /Name one of --field <path>, --header <name> and --key/],
      [{ key: true, header: 'type' }, /Name one of/],
      [{ key: true, bootstrapServer: '' }, /Which Kafka cluster\? Name its brokers/],
      [{ key: true, records: 'x' }, /--records is a whole number from 1/],
      [{ key: true, limit: '0.5' }, /--limit is a number from 1/],
      [{ key: true, keep: '2' }, /--keep is a number from 0 to 1/],
      [{ key: true, weight: 'kilos' }, /--weight is bytes or records/],
      [{ key: true, replicationFactor: '0' }, /--replication-factor is a whole number from 1/],
      [{ key: true, fromTopic: 'no-such-topic' }, /There is no topic no-such-topic/],
      [{ key: true, fromTopic: `${topic}-deleted` }, /has no records to learn from/],
      [{ key: true, planTopic: topic }, /has 6 partitions: a plan is kept in one/],
      [
        { key: true, planTopic: `${topic}-deleted` },
        /cleanup.policy=delete: records of a plan would be deleted/,
      ],
      [{ key: true, strict: true, anew: true }, /which order=strict forbids/],
    ] as const)
      await assert.rejects(plan(options), { name: 'ConfigError', message }, JSON.stringify(options))
  })
})

test('a kind is the field, header or key that is named; what has none has no kind', () => {
  const record = (
    value: string | null,
    key: string | null = null,
    headers: [string, string | null][] = [],
  ) => ({
    topic,
    partition: 0,
    offset: 0n,
    timestamp: 0,
    timestampType: 'CreateTime' as const,
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    headers: headers.map(([name, text]) => ({ key: name, value: text === null ? null : Buffer.from(text) })),
  })
  const field = kindOf({ field: 'a.b' })
  for (const [value, kind] of [
    ['{"a":{"b":"x"}}', 'x'],
    ['{"a":{"b":5}}', '5'],
    ['{"a":{"b":{"c":true}}}', '{"c":true}'],
    ['{"a":{"b":null}}', null],
    ['{"a":5}', null],
    ['[]', null],
    ['no json', null],
    ['', null],
    [null, null],
  ] as const)
    assert.equal(field(record(value)), kind, String(value))
  assert.equal(kindOf({ field: 'toString' })(record('{}')), null)
  assert.equal(
    kindOf({ header: 'h' })(
      record(null, null, [
        ['h', 'one'],
        ['h', 'two'],
      ]),
    ),
    'two',
  )
  assert.equal(kindOf({ header: 'h' })(record(null, null, [['h', null]])), null)
  assert.equal(kindOf({ key: true })(record(null, 'k')), 'k')
  assert.equal(kindOf({ key: true })(record(null)), null)
})
