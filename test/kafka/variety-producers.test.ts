/** Producers of kafkajs and of @platformatic/kafka follow a plan topic, with the real clients against a real broker. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { Consumer, Producer, stringSerializers } from '@platformatic/kafka'
import { type IHeaders, Kafka, logLevel, type Message } from 'kafkajs'
import {
  followPlanWithKafkaJs,
  followPlanWithPlatformatic,
  kafkaJsPartitioner,
  NewestPlan,
  PlanAssembler,
  type PlanFollower,
  PlanLookup,
  planRecords,
  planVariety,
  platformaticPartitioner,
  repairPlan,
  type VarietyPlan,
} from '@spillway/variety'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { createTopic, kafka, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'

const PARTITIONS = 6
const broker = endpointsFromEnv().kafka.bootstrapServers
const planTopic = uniqueName('variety-plan')
const assembler = new PlanAssembler()

const first = planVariety(
  new Map([
    ['click', 60],
    ['view', 30],
    ['order', 8],
    ['refund', 2],
  ]),
  PARTITIONS,
)
/** Moves much: each version is far from the one before. */
function nextOf(plan: VarietyPlan): VarietyPlan {
  const heavy = plan.kinds[plan.version % plan.kinds.length] as string
  return repairPlan(plan, new Map(plan.kinds.map((kind) => [kind, kind === heavy ? 70 : 10])))
}

/** Small chunks, so that a plan is several records. */
async function writePlan(plan: VarietyPlan): Promise<void> {
  const records = planRecords(plan, assembler.freeSlot, {
    chunkBytes: 40,
    staleChunks: assembler.staleChunks,
  })
  assert.ok(records.length > 1)
  const producer = kafka().producer({ clientId: 'plan-writer', idempotent: true })
  try {
    await producer.send(
      records.map(({ key, value }) => ({
        topic: planTopic,
        partition: 0,
        key: Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
      })),
    )
  } finally {
    await producer.close()
  }
  for (const { key, value } of records) assembler.add(key, value)
}

/** Kinds in the header `type`; some messages have no key. */
const messages = Array.from({ length: 200 }, (_, i) => ({
  kind: ['click', 'view', 'order', 'refund', 'unheard-of'][i % 5] as string,
  key: `key-${i % 23}`,
}))

async function partitionsOf(topic: string): Promise<Map<string, number>> {
  const consumer = kafka().consumer({ clientId: 'reader' })
  const found = new Map<string, number>()
  try {
    consumer.assign(Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition, offset: 0n })))
    await until('all messages are read', async () => {
      for (const { partition, key, value } of await consumer.poll(500))
        found.set(`${String(value)} ${String(key)}`, partition)
      return found.size >= new Set(messages.map(({ kind, key }) => `${kind} ${key}`)).size
    })
  } finally {
    await consumer.close()
  }
  return found
}

async function assertFollows(topic: string, plan: VarietyPlan): Promise<void> {
  const lookup = new PlanLookup(plan)
  const found = await partitionsOf(topic)
  for (const { kind, key } of messages)
    assert.equal(found.get(`${kind} ${key}`), lookup.partitionOf(kind, key), `${kind} ${key}`)
}

/** What the topic has at the start, and a version that comes later. */
async function assertFollowsTwo(
  name: string,
  follower: PlanFollower,
  plan: NewestPlan,
  send: (topic: string) => Promise<void>,
): Promise<void> {
  await follower.ready
  for (const isLast of [false, true]) {
    const written = assembler.plan as VarietyPlan
    assert.deepEqual(plan.lookup?.plan, written)
    const topic = uniqueName(name)
    await createTopic(topic, PARTITIONS)
    await send(topic)
    await assertFollows(topic, written)
    if (isLast) return
    await writePlan(nextOf(written))
    await until('the next version has come', () => plan.lookup?.plan.version === written.version + 1)
  }
}

before(async () => {
  await createTopic(planTopic)
  await writePlan(first)
})

suite('a producer of kafkajs', () => {
  const client = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING })
  const plan = new NewestPlan()
  let follower: PlanFollower
  before(() => {
    follower = followPlanWithKafkaJs(client, { planTopic, plan })
  })
  after(async () => {
    await follower.close()
    await follower.close()
  })

  async function send(topic: string): Promise<void> {
    const kind = ({ headers }: Message): string | undefined => (headers as IHeaders)['type']?.toString()
    const createPartitioner = kafkaJsPartitioner<Message>({ topic, plan, kind })
    const producer = client.producer({ createPartitioner, allowAutoTopicCreation: false })
    await producer.connect()
    try {
      const sent = messages.map(({ kind: type, key }, i) => ({
        // Texts and bytes are the same key.
        key: i % 2 === 0 ? key : Buffer.from(key),
        value: type,
        headers: { type },
      }))
      await producer.send({ topic, messages: sent })
      await assert.rejects(
        producer.send({ topic: planTopic, messages: [{ value: 'x' }] }),
        /give the partitioner 'otherwise'/,
      )
    } finally {
      await producer.disconnect()
    }
  }

  test('follows the plan of the topic, and the next version', async () => {
    await assertFollowsTwo('by-kafkajs', follower, plan, send)
  })

  test('keeps a partition that a message names', () => {
    const partitioner = kafkaJsPartitioner({ topic: 't', plan, kind: () => 'click' })()
    const partitionMetadata = Array.from({ length: PARTITIONS }, () => ({}))
    assert.equal(partitioner({ topic: 't', partitionMetadata, message: { value: null, partition: 5 } }), 5)
  })
})

suite('a producer of @platformatic/kafka', () => {
  const plan = new NewestPlan()
  let follower: PlanFollower
  before(() => {
    const consumer = new Consumer({
      clientId: 'follower',
      groupId: uniqueName('follower'),
      bootstrapBrokers: [broker],
    })
    follower = followPlanWithPlatformatic(consumer, { planTopic, plan })
  })
  after(async () => {
    await follower.close()
    await follower.close()
  })

  async function send(topic: string): Promise<void> {
    const partitioner = platformaticPartitioner<{ topic: string; headers?: unknown }>({
      topic,
      plan,
      kind: ({ headers }) => (headers as { type: string } | undefined)?.type,
    })
    const producer = new Producer({
      clientId: 'producer',
      bootstrapBrokers: [broker],
      serializers: stringSerializers,
      partitioner,
    })
    try {
      await producer.send({
        messages: messages.map(({ kind, key }) => ({ topic, key, value: kind, headers: { type: kind } })),
      })
      await assert.rejects(
        async () => await producer.send({ messages: [{ topic: planTopic, value: 'x' }] }),
        /give the partitioner 'otherwise'/,
      )
    } finally {
      await producer.close()
    }
  }

  test('follows the plan of the topic, and the next version', async () => {
    await assertFollowsTwo('by-platformatic', follower, plan, send)
  })
})

test('a plan topic that is not there is told of, and what is damaged is told by its place', async () => {
  const hasty = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 0 } })
  const client = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING })
  const absent = followPlanWithKafkaJs(hasty, { planTopic: uniqueName('none'), plan: new NewestPlan() })
  await assert.rejects(absent.ready, /The plan topic none-.* cannot be read: /)
  await absent.close()

  const wide = uniqueName('wide')
  await createTopic(wide, 2)
  const two = followPlanWithKafkaJs(client, { planTopic: wide, plan: new NewestPlan() })
  await assert.rejects(two.ready, /has 2 partitions: a plan lies in a topic of one/)
  await two.close()
  const consumer = new Consumer({ clientId: 'wide', groupId: wide, bootstrapBrokers: [broker] })
  const other = followPlanWithPlatformatic(consumer, { planTopic: wide, plan: new NewestPlan() })
  await assert.rejects(other.ready, /has 2 partitions: a plan lies in a topic of one/)
  await other.close()

  const topic = uniqueName('damaged')
  await createTopic(topic)
  const producer = kafka().producer({ clientId: 'damager' })
  await producer.send([{ topic, partition: 0, key: Buffer.from('a/0'), value: Buffer.from('no plan') }])
  await producer.close()
  const errors: Error[] = []
  const plan = new NewestPlan()
  const follower = followPlanWithKafkaJs(client, {
    planTopic: topic,
    plan,
    onError: (error) => errors.push(error),
  })
  await follower.ready
  await follower.close()
  assert.deepEqual(
    errors.map(({ message }) => message),
    [`${topic}-0@0: The record is not of a plan: chunk 0 in slot a does not begin as one`],
  )
  assert.equal(plan.lookup, undefined)
})
