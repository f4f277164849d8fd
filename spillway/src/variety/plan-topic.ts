import { type Admin, ConfigError, type Consumer, type KafkaClient } from '@spillway/api'
import { DamagedPlanError, PlanAssembler, planRecords, type VarietyPlan } from '@spillway/variety'

const POLL_MS = 500

/** Reads all of a plan topic. What is damaged is told of, and passed over. */
export async function readPlans(
  consumer: Consumer,
  planTopic: string,
  tell: (line: string) => void,
): Promise<PlanAssembler> {
  const assembler = new PlanAssembler()
  const partition = { topic: planTopic, partition: 0 }
  const [start = 0n] = await consumer.beginningOffsets([partition])
  const [end = 0n] = await consumer.endOffsets([partition])
  consumer.assign([{ ...partition, offset: start }])
  while ((await consumer.position(partition)) < end) {
    for (const { key, value, offset } of await consumer.poll(POLL_MS)) {
      try {
        assembler.add(key, value)
      } catch (error) {
        if (!(error instanceof DamagedPlanError)) throw error
        tell(`${planTopic}-0@${offset}: ${error.message}`)
      }
    }
  }
  return assembler
}

/**
 * @returns whether the topic is there
 * @throws {ConfigError} for a topic that cannot keep a plan
 */
export async function checkPlanTopic(admin: Admin, planTopic: string): Promise<boolean> {
  if (!(await admin.listTopics()).includes(planTopic)) return false
  const [topic] = await admin.describeTopics([planTopic])
  if (topic?.partitions !== 1) {
    throw new ConfigError(
      `The plan topic ${planTopic} has ${topic?.partitions} partitions: a plan is kept in one. Name another with --plan-topic.`,
    )
  }
  const policy = (await admin.topicConfigs(planTopic))['cleanup.policy']
  if (policy !== 'compact') {
    throw new ConfigError(
      `The plan topic ${planTopic} has cleanup.policy=${policy}: records of a plan would be deleted for their age. Set it to compact.`,
    )
  }
  return true
}

export async function createPlanTopic(
  admin: Admin,
  planTopic: string,
  replicationFactor: number,
): Promise<void> {
  await admin.createTopics([
    { name: planTopic, partitions: 1, replicationFactor, configs: { 'cleanup.policy': 'compact' } },
  ])
}

/** Writes a version, its records in order. */
export async function writePlan(
  client: KafkaClient,
  planTopic: string,
  plan: VarietyPlan,
  { freeSlot, staleChunks }: PlanAssembler,
): Promise<void> {
  const producer = client.producer({ clientId: 'spillway-variety', idempotent: true })
  try {
    // One after the other: no part of a version is written behind one that was refused.
    for (const { key, value } of planRecords(plan, freeSlot, { staleChunks })) {
      await producer.send([
        {
          topic: planTopic,
          partition: 0,
          key: Buffer.from(key),
          value: value === null ? null : Buffer.from(value),
        },
      ])
    }
  } finally {
    await producer.close()
  }
}
