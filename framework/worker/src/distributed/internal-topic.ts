import {
  type Admin,
  type Clock,
  ConfigError,
  type NewTopic,
  type RawConfig,
  TopicExistsError,
  UnknownTopicError,
} from '@spillway/api'
import { belowPrefix } from '../task/task-plugins.ts'

const KNOWN_WITHIN_MS = 10_000
const RETRY_MS = 100

/** One of the topics a Connect cluster keeps its state in. */
export interface InternalTopic {
  readonly kind: 'config' | 'offset' | 'status'
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
}

/**
 * Creates the topic where it is missing, compacted (Java: `TopicAdmin.createTopics`).
 *
 * @param raw worker configuration, whose `<kind>.storage.<key>` are settings of the topic.
 * @throws {ConfigError} where a topic of that name would lose state or reorder it.
 */
export async function ensureInternalTopic(
  admin: Admin,
  topic: InternalTopic,
  raw: RawConfig,
  clock: Clock,
): Promise<void> {
  if ((await admin.describeTopics([topic.name])).length === 0) {
    try {
      await admin.createTopics([definition(topic, raw)])
    } catch (error) {
      // Another worker of the cluster was faster.
      if (!(error instanceof TopicExistsError)) throw error
    }
  }
  await check(admin, topic, clock)
}

function definition(topic: InternalTopic, raw: RawConfig): NewTopic {
  const prefix = `${topic.kind}.storage.`
  const own = Object.entries(belowPrefix(raw, prefix)).filter(
    (entry): entry is [string, string] =>
      entry[1] !== null &&
      !['topic', 'partitions', 'replication.factor', 'cleanup.policy'].includes(entry[0]),
  )
  return {
    name: topic.name,
    partitions: topic.partitions,
    replicationFactor: topic.replicationFactor,
    configs: { ...Object.fromEntries(own), 'cleanup.policy': 'compact' },
  }
}

async function check(admin: Admin, { kind, name }: InternalTopic, clock: Clock): Promise<void> {
  const key = `${kind}.storage.topic`
  const policy = await cleanupPolicy(admin, name, clock)
  if (policy !== 'compact') {
    throw new ConfigError(
      `Topic '${name}' supplied via the '${key}' property is required to have 'cleanup.policy=compact' to guarantee ` +
        `consistency and durability of connector state, but found the topic currently has 'cleanup.policy=${policy}'. ` +
        `Continuing would likely result in eventually losing state. Change the '${key}' property in the worker ` +
        "configuration to use a topic with 'cleanup.policy=compact'.",
      { key },
    )
  }
  const [description] = await admin.describeTopics([name])
  if (kind === 'config' && description !== undefined && description.partitions > 1) {
    throw new ConfigError(
      `Topic '${name}' supplied via the '${key}' property is required to have a single partition in order to guarantee ` +
        `consistency of connector configurations, but found ${description.partitions} partitions.`,
      { key },
    )
  }
}

/** Brokers learn of a new topic one after the other: the one that is asked may not know it yet. */
async function cleanupPolicy(admin: Admin, name: string, clock: Clock): Promise<string | null | undefined> {
  const deadline = clock.now() + KNOWN_WITHIN_MS
  for (;;) {
    try {
      return (await admin.topicConfigs(name))['cleanup.policy']
    } catch (error) {
      if (!(error instanceof UnknownTopicError) || clock.now() > deadline) throw error
      await clock.sleep(RETRY_MS)
    }
  }
}
