import type { Subscription, TopicPartition, TopicPattern } from '@spillway/api'
import { backoffMs } from './cluster.ts'
import type { Cluster, ClusterMetadata } from './cluster.ts'
import type { ProblemReporter } from './problems.ts'
import { BrokerError, ErrorCode, isTransient } from './protocol-errors.ts'
import { Signal } from './signal.ts'

/** Settings and callbacks of {@link SubscriptionMetadata}. */
export interface SubscriptionMetadataOptions {
  readonly maxAgeMs: number
  readonly allowAutoCreate: boolean
  readonly signal: AbortSignal
  readonly reporter: ProblemReporter
  /** Called after every refresh. */
  readonly refreshed: () => void
  readonly fatal: (error: Error) => void
}

/** How often a topic that does not exist yet is looked for. */
const UNKNOWN_TOPIC_RETRY_MS = 1_000
/** Stale metadata are asked for again no sooner than this. */
const MIN_REFRESH_MS = 100

const FINAL = new Set<number>([ErrorCode.topicAuthorizationFailed, ErrorCode.invalidTopic])

/** What a consumer must know of the topics it reads, refreshed in the background (Java: `ConsumerMetadata`). */
export class SubscriptionMetadata {
  readonly #cluster: Cluster
  readonly #options: SubscriptionMetadataOptions
  readonly #signal: Signal
  #subscription: Subscription = { topics: [] }
  #pattern: TopicPattern | undefined
  /** What the pattern found in which metadata. */
  #matching: { readonly metadata: ClusterMetadata; readonly topics: readonly string[] } | undefined
  /** Topics of other members, which the leader of the group must watch too. */
  #groupTopics: ReadonlySet<string> = new Set()
  #metadata: ClusterMetadata | undefined
  /** Topic ids as seen last, and topics that have another one since {@link takeRemade}. */
  readonly #ids = new Map<string, string>()
  readonly #remade = new Set<string>()
  /** Counts {@link watch}: a refresh that was under way meanwhile may be older than what was read there. */
  #reads = 0
  #stale = true
  #loop: Promise<void> | undefined

  constructor(cluster: Cluster, options: SubscriptionMetadataOptions) {
    this.#cluster = cluster
    this.#signal = new Signal(cluster.clock)
    this.#options = options
    options.signal.addEventListener('abort', () => this.#signal.notify())
  }

  /** Begins, or goes on with another subscription. */
  subscribe(subscription: Subscription): void {
    this.#subscription = subscription
    if ('pattern' in subscription) {
      this.#pattern = subscription.pattern
      this.#metadata = undefined
      this.#matching = undefined
    } else {
      this.#pattern = undefined
    }
    this.requestRefresh()
    this.#loop ??= this.#run()
  }

  /** Whether {@link topics} can be told yet: a pattern needs to see the cluster first. */
  get ready(): boolean {
    return this.#pattern === undefined || this.#metadata !== undefined
  }

  /** Topics subscribed to, those of a pattern as of the last refresh. */
  topics(): readonly string[] {
    const pattern = this.#pattern
    if (pattern === undefined) return 'topics' in this.#subscription ? this.#subscription.topics : []
    const metadata = this.#metadata
    if (metadata === undefined) return []
    if (this.#matching?.metadata !== metadata) {
      const topics = [...metadata.topics.values()]
        .filter(({ name, internal }) => !internal && pattern.matches(name))
        .map(({ name }) => name)
        .sort()
      this.#matching = { metadata, topics }
    }
    return this.#matching.topics
  }

  /** Whether {@link partitionCounts} says what is there now: a refresh has come since the last one was asked for. */
  get isCurrent(): boolean {
    return this.#metadata !== undefined && !this.#stale
  }

  /** Whether the topic is subscribed to. */
  reads(topic: string): boolean {
    const pattern = this.#pattern
    if (pattern !== undefined) return pattern.matches(topic)
    return 'topics' in this.#subscription && this.#subscription.topics.includes(topic)
  }

  /** Topics of the whole group, where this member leads it. */
  get groupTopics(): ReadonlySet<string> {
    return this.#groupTopics
  }

  /**
   * Looks after these too: the leader answers for the topics of all members. What was read of them to assign their
   * partitions counts from here on, or a refresh from before it would look like a change and ask for a rebalance.
   */
  watch(groupTopics: ReadonlySet<string>, read?: ClusterMetadata): void {
    this.#groupTopics = groupTopics
    if (read === undefined) return
    this.#reads++
    this.#noteIds(read)
    if (this.#remade.size > 0) this.requestRefresh()
    const topics = new Map([...(this.#metadata?.topics ?? []), ...read.topics])
    for (const name of read.errors.keys()) topics.delete(name)
    if (this.#metadata !== undefined || this.#pattern === undefined) this.#metadata = { ...read, topics }
    if (read.errors.size > 0) this.requestRefresh()
  }

  /** Partitions per topic, of those of these topics that exist. */
  partitionCounts(topics: Iterable<string>): Map<string, number> {
    const counts = new Map<string, number>()
    for (const topic of topics) {
      const found = this.#metadata?.topics.get(topic)
      if (found !== undefined) counts.set(topic, found.partitions.length)
    }
    return counts
  }

  /** Node id of the leader, -1 where it is not known. */
  leaderOf({ topic, partition }: TopicPartition): number {
    // What is sought in it is an offset of the topic before.
    if (this.#remade.size > 0 && this.#remade.has(topic)) return -1
    const partitions = this.#metadata?.topics.get(topic)?.partitions
    const found = partitions?.[partition]
    return found?.partition === partition ? found.leader : -1
  }

  /** Topics that were deleted and made anew since the last call. */
  takeRemade(): readonly string[] {
    const remade = [...this.#remade]
    this.#remade.clear()
    return remade
  }

  requestRefresh(): void {
    if (this.#stale) return
    this.#stale = true
    this.#signal.notify()
  }

  /** Resolves once the loop has ended, after the signal. */
  async ended(): Promise<void> {
    await this.#loop
  }

  async #run(): Promise<void> {
    const { signal, maxAgeMs, reporter } = this.#options
    let tries = 0
    while (!signal.aborted) {
      let pause = MIN_REFRESH_MS
      try {
        this.#stale = false
        const missing = await this.#refresh()
        if (missing instanceof BrokerError) reporter.problem(missing)
        else reporter.ok()
        tries = 0
        this.#options.refreshed()
        const ageMs = missing === undefined ? maxAgeMs : Math.min(maxAgeMs, UNKNOWN_TOPIC_RETRY_MS)
        await this.#signal.wait(ageMs)
      } catch (error) {
        if (signal.aborted) return
        reporter.problem(error)
        if (!isTransient(error))
          this.#options.fatal(error instanceof Error ? error : new Error(String(error)))
        pause = backoffMs(tries++)
      }
      // Aborting is the way a closing consumer ends the pause.
      await this.#cluster.clock.sleep(pause, signal).catch(() => undefined)
    }
  }

  #noteIds({ topics }: ClusterMetadata): void {
    for (const { name, topicId } of topics.values()) {
      const before = this.#ids.get(name)
      if (before !== undefined && before !== topicId) this.#remade.add(name)
      this.#ids.set(name, topicId)
    }
  }

  /** Returns what is missing: a topic subscribed to, with the reason, or the leader of some partition. */
  async #refresh(): Promise<BrokerError | 'leader' | undefined> {
    const wanted = this.#pattern === undefined ? [...new Set([...this.topics(), ...this.#groupTopics])] : null
    const reads = this.#reads
    const metadata = await this.#cluster.metadata(wanted, this.#options.allowAutoCreate)
    if (reads === this.#reads) {
      this.#metadata = metadata
      this.#noteIds(metadata)
    } else this.requestRefresh()
    for (const [topic, code] of metadata.errors) {
      const error = new BrokerError(code, `reading the metadata of topic ${topic}`)
      if (FINAL.has(code)) throw error
      return error
    }
    const partitions = [...metadata.topics.values()].flatMap((topic) => topic.partitions)
    return partitions.some(({ leader }) => leader < 0) ? 'leader' : undefined
  }
}
