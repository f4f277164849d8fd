import { type Admin, type Clock, ConnectError, RetriableError, TopicExistsError } from '@spillway/api'
import { StreamsException } from '../../core/errors.ts'
import type { InternalTopic } from '../../topology/node-definitions.ts'
import type { StreamsLogger } from '../streams-logger.ts'

export interface InternalTopicsSettings {
  readonly admin: Admin
  /** -1: the broker's default. */
  readonly replicationFactor: number
  readonly logger: StreamsLogger
  readonly clock: Clock
}

/** Configs that change what a topic means to its store, so that another value is told. */
const meaningful = ['cleanup.policy', 'retention.ms', 'min.compaction.lag.ms'] as const

/** Makes the application's own topics and checks those that are there. Corresponds to Java's `InternalTopicManager`. */
export class InternalTopics {
  readonly #settings: InternalTopicsSettings
  /** That have been there. */
  readonly #seen = new Set<string>()

  constructor(settings: InternalTopicsSettings) {
    this.#settings = settings
  }

  /**
   * All topics exist when it resolves, with as many partitions as the plan gives them.
   *
   * @param partitions by full name
   * @throws StreamsException for a topic that has another number of partitions, or cannot be made
   */
  async make(topics: readonly InternalTopic[], partitions: ReadonlyMap<string, number>): Promise<void> {
    if (topics.length === 0) return
    let missing = await this.#missing(topics, partitions)
    if (missing.length === 0) return
    for (const topic of missing) {
      const isMade = await this.#create(topic, partitions.get(topic.name) ?? 1)
      if (isMade && this.#seen.has(topic.name))
        this.#settings.logger.warn(
          `the ${topic.kind} topic ${topic.name} was deleted, with what it held: it was made anew`,
        )
    }
    missing = await this.#missing(topics, partitions)
    for (let tries = 0; missing.length > 0 && tries < 50; tries++) {
      // Brokers hear of a new topic one after the other.
      await this.#settings.clock.sleep(100)
      missing = await this.#missing(topics, partitions)
    }
    if (missing.length === 0) return
    throw new StreamsException(`Internal topics were made and are not seen: ${namesOf(missing)}`)
  }

  /** False where it is there already. */
  async #create(topic: InternalTopic, partitions: number): Promise<boolean> {
    const { admin, replicationFactor, logger } = this.#settings
    try {
      await admin.createTopics([{ name: topic.name, partitions, replicationFactor, configs: topic.config }])
      logger.info(`created the ${topic.kind} topic ${topic.name} with ${partitions} partitions`)
      return true
    } catch (error) {
      // Another member was faster: what it made is checked.
      if (error instanceof TopicExistsError) return false
      if (error instanceof RetriableError || !(error instanceof ConnectError)) throw error
      throw new StreamsException(
        `Could not create the internal topic ${topic.name} (${partitions} partitions, ` +
          `${describe(topic.config)}): ${error.message}. Create it beforehand, or give the application the ` +
          'right to create topics.',
        error,
      )
    }
  }

  /** Those that are not there. What is there is checked. */
  async #missing(
    topics: readonly InternalTopic[],
    partitions: ReadonlyMap<string, number>,
  ): Promise<readonly InternalTopic[]> {
    const { admin } = this.#settings
    const found = new Map(
      (await admin.describeTopics(topics.map(({ name }) => name))).map((each) => [
        each.name,
        each.partitions,
      ]),
    )
    for (const name of found.keys()) this.#seen.add(name)
    for (const { name, kind } of topics) {
      const [is, wanted] = [found.get(name), partitions.get(name)]
      if (is === undefined || is === wanted) continue
      throw new StreamsException(
        `Existing internal topic ${name} has invalid partitions: expected ${wanted}, but found ${is}. ` +
          `Use the application's reset tool (spillway streams reset) to delete its ${kind} topics, or another application.id.`,
      )
    }
    await this.#compareConfigs(topics.filter(({ name }) => found.has(name)))
    return topics.filter(({ name }) => !found.has(name))
  }

  async #compareConfigs(topics: readonly InternalTopic[]): Promise<void> {
    const { admin, logger } = this.#settings
    for (const { name, config } of topics) {
      let found: Readonly<Record<string, string | null>>
      try {
        found = await admin.topicConfigs(name)
      } catch (error) {
        logger.debug(`the configs of ${name} cannot be read: ${String(error)}`)
        continue
      }
      for (const key of meaningful) {
        const wanted = config[key]
        const is = found[key]
        if (wanted === undefined || is === undefined || is === null || same(wanted, is)) continue
        logger.warn(`internal topic ${name} has ${key}=${is}, and ${wanted} is expected`)
      }
    }
  }
}

function same(a: string, b: string): boolean {
  const sorted = (list: string): string => list.split(',').sort().join(',')
  return sorted(a) === sorted(b)
}

function namesOf(topics: readonly InternalTopic[]): string {
  return topics.map(({ name }) => name).join(', ')
}

function describe(configs: Readonly<Record<string, string>>): string {
  return Object.entries(configs)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')
}
