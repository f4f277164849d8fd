import { type Admin, ConfigError, type KafkaClient, type TopicPartition } from '@spillway/api'
import { type ClientConfig, clientKind, clientOptions } from '@spillway/kafka'
import { changeBetween, nextPlan, PlanAssembler, type VarietyPlan, withEarlier } from '@spillway/variety'
import { readWorkerConfig } from '@spillway/worker'
import { type KindOptions, kindOf } from './kind-of.ts'
import { learn, type Learned } from './learn.ts'
import { planTable } from './plan-table.ts'
import { checkPlanTopic, createPlanTopic, readPlans, writePlan } from './plan-topic.ts'

/** Options of `spillway variety plan`, as the command line has them. */
export interface PlanOptions extends KindOptions {
  readonly topic: string
  readonly config?: string
  readonly bootstrapServer?: string
  readonly planTopic?: string
  readonly fromTopic?: string
  readonly records: string
  readonly weight: string
  readonly keep: string
  readonly limit: string
  readonly strict?: boolean
  readonly anew?: boolean
  readonly replicationFactor?: string
  readonly dryRun?: boolean
}

/**
 * `spillway variety plan`: learns kinds from a topic's last records, and writes the next version of its plan. Nothing is written where
 * the plan there is does as well.
 *
 * @param print where the table goes
 * @returns exit code 0
 * @throws {ConfigError} for options that cannot be
 */
export async function planCommand(
  options: PlanOptions,
  print: (text: string) => unknown = (text) => process.stdout.write(text),
): Promise<number> {
  const kind = kindOf(options)
  const count = wholeNumber('--records', options.records, 1, 100_000_000)
  const limit = Number(options.limit)
  if (!(limit >= 1 && limit < Infinity))
    throw new ConfigError(`--limit is a number from 1, not ${options.limit}`)
  const keep = Number(options.keep)
  if (!(keep >= 0 && keep <= 1)) throw new ConfigError(`--keep is a number from 0 to 1, not ${options.keep}`)
  if (options.weight !== 'bytes' && options.weight !== 'records')
    throw new ConfigError(`--weight is bytes or records, not ${options.weight}`)
  const replicationFactor =
    options.replicationFactor === undefined
      ? -1
      : wholeNumber('--replication-factor', options.replicationFactor, 1, 32_767)
  const planTopic = options.planTopic ?? `${options.topic}-variety`
  const client = await clientOf(options)
  const admin = client.admin({ clientId: 'spillway-variety' })
  try {
    const partitions = (await partitionsOf(admin, options.topic)).length
    const isThere = await checkPlanTopic(admin, planTopic)
    const plans = isThere ? await plansIn(client, planTopic) : new PlanAssembler()
    const source = await partitionsOf(admin, options.fromTopic ?? options.topic)
    const consumer = client.consumer({ clientId: 'spillway-variety', allowAutoCreateTopics: false })
    let learned: Learned
    try {
      learned = await learn(consumer, source, count, kind, options.weight === 'bytes')
    } finally {
      await consumer.close()
    }
    if (learned.records === 0)
      throw new ConfigError(`${options.fromTopic ?? options.topic} has no records to learn from.`)
    const weights = withEarlier(learned.weights.weights(), plans.plan, keep)
    const next = planned(options, plans, weights, partitions, limit)
    print(planTable(options.topic, learned, weights, plans.plan, next))
    if (options.dryRun === true) {
      print('Dry run: nothing was written.\n')
    } else if (isSame(plans.plan, next, weights)) {
      print(`Version ${plans.plan?.version} does as well: nothing was written.\n`)
    } else {
      if (!isThere) await createPlanTopic(admin, planTopic, replicationFactor)
      await writePlan(client, planTopic, next, plans)
      print(`Version ${next.version} was written to ${planTopic}.\n`)
    }
    return 0
  } finally {
    await admin.close()
  }
}

function planned(
  { strict, anew }: PlanOptions,
  plans: PlanAssembler,
  weights: ReadonlyMap<string, number>,
  partitions: number,
  limit: number,
): VarietyPlan {
  try {
    return nextPlan(plans.plan, weights, partitions, {
      version: plans.nextVersion,
      order: strict === true ? 'strict' : 'any',
      isAnew: anew === true,
      limit,
    })
  } catch (error) {
    if (error instanceof RangeError) throw new ConfigError(error.message, { cause: error })
    throw error
  }
}

/** Whether every kind goes where it went before, and no kind has come or gone. */
function isSame(
  before: VarietyPlan | undefined,
  next: VarietyPlan,
  weights: ReadonlyMap<string, number>,
): boolean {
  if (before === undefined || before.partitions !== next.partitions) return false
  const { movedLoad, newPairs } = changeBetween(before, next, weights)
  return movedLoad === 0 && newPairs === 0 && before.kinds.join('\0') === next.kinds.join('\0')
}

async function plansIn(client: KafkaClient, planTopic: string): Promise<PlanAssembler> {
  const consumer = client.consumer({ clientId: 'spillway-variety', allowAutoCreateTopics: false })
  try {
    return await readPlans(consumer, planTopic, (line) => process.stderr.write(`${line}\n`))
  } finally {
    await consumer.close()
  }
}

/** @throws {ConfigError} for a topic that there is not */
async function partitionsOf(admin: Admin, topic: string): Promise<TopicPartition[]> {
  if (!(await admin.listTopics()).includes(topic)) throw new ConfigError(`There is no topic ${topic}.`)
  return (await admin.describeTopics([topic])).flatMap(({ partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
  )
}

/** @throws {ConfigError} where no brokers are named */
async function clientOf({ config, bootstrapServer }: PlanOptions): Promise<KafkaClient> {
  const keys: Record<string, string> = {}
  for (const [key, value] of Object.entries(config === undefined ? {} : await readWorkerConfig(config)))
    if (value !== null) keys[key] = value
  if (bootstrapServer !== undefined) keys['bootstrap.servers'] = bootstrapServer
  if ((keys['bootstrap.servers'] ?? '') === '') {
    throw new ConfigError(
      'Which Kafka cluster? Name its brokers with --bootstrap-server <host:port>, or the configuration of a client with --config <file>.',
    )
  }
  return await clientKind('platformatic').create(clientOptions(keys satisfies ClientConfig).cluster)
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= least && number <= most) return number
  throw new ConfigError(`${option} is a whole number from ${least} to ${most}, not ${text}`)
}
