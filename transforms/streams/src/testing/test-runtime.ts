import { partitionForKey } from '@spillway/api'
import type { Headers } from '../core/headers.ts'
import { LogAndContinueExceptionHandler, exceptionHandlers } from '../config/exception-handlers.ts'
import type { ProducerRecord } from '../config/exception-handlers.ts'
import { MetricsRegistry } from '../context/metrics.ts'
import { RecordCache, RecordCacheShares } from '../context/record-cache.ts'
import { planPartitions } from '../runtime/partition-plan.ts'
import type { PartitionPlan } from '../runtime/partition-plan.ts'
import { StreamTask } from '../runtime/stream-task.ts'
import type { StateEngines } from '../runtime/task-stores.ts'
import { numberSetting, type StreamsConfig } from '../config/streams-config.ts'
import type { RecordSink, TaskServices } from '../context/task-context.ts'
import type { StateStore } from '../stores/key-value-store.ts'
import { matchesWhole } from '../topology/internal-topology-builder.ts'
import type { InternalTopologyBuilder } from '../topology/internal-topology-builder.ts'
import type { NodeDefinition } from '../topology/node-definitions.ts'
import { OutputQueue } from './test-topics.ts'

/** How a topology runs under test. */
interface TestRuntimeSettings {
  readonly topology: InternalTopologyBuilder
  readonly config: StreamsConfig
  readonly applicationId: string
  readonly engines: StateEngines
  readonly now: () => number
  /** Null: all sub-topologies are one task of one partition, as in Java's driver. */
  readonly partitions: ((topic: string) => number) | null
  readonly commitEveryRecords: number
}

/** Who reads a partition, and how many records it had. */
interface Route {
  readonly task: StreamTask | null
  readonly isGlobal: boolean
  nextOffset: bigint
}

/** Tasks, topics between them, and a queue for each topic that is written to. */
export class TestRuntime implements RecordSink {
  readonly metrics: MetricsRegistry
  readonly tasks: StreamTask[] = []
  readonly globalStores = new Map<string, StateStore>()
  readonly outputs = new Map<string, OutputQueue>()
  readonly #settings: TestRuntimeSettings
  /** Only where the configuration asks for one: each record's updates are seen without. */
  readonly #cache: RecordCache | undefined
  readonly #plan: PartitionPlan | null
  readonly #routes = new Map<string, Route[]>()
  readonly #readers = new Map<string, StreamTask>()
  readonly #patterns: RegExp[] = []
  readonly #roundRobin = new Map<string, number>()
  #globalTask: StreamTask | null = null
  #produced: ProducerRecord[] = []
  #sinceCommit = 0

  constructor(settings: TestRuntimeSettings) {
    this.#settings = settings
    this.metrics = new MetricsRegistry(settings.now)
    const shares = new RecordCacheShares(numberSetting(settings.config, 'statestore.cache.max.bytes', 0))
    this.#cache = shares.isOn ? new RecordCache(shares) : undefined
    const { topology, partitions, applicationId } = settings
    this.#plan = partitions === null ? null : planPartitions(topology, applicationId, partitions)
    this.#startGlobalTask()
    this.#startTasks()
  }

  send(record: ProducerRecord): void {
    this.#produced.push(record)
  }

  partitionsFor(topic: string): number {
    if (this.#plan === null) return 1
    return this.#plan.partitions.get(topic) ?? this.#settings.partitions?.(topic) ?? 1
  }

  whenKnown(_topic: string, run: () => void): void {
    run()
  }

  /** False when no task and no global store reads the topic. */
  pipe(topic: string, record: Omit<ProducerRecord, 'topic'>): boolean {
    const route = this.#routeOf(topic, this.#partitionOf(topic, record))
    const isRead = route.task !== null || route.isGlobal
    if (isRead) this.#deliver(route, topic, record, record.headers)
    this.completeWork()
    return isRead
  }

  /** Fires wall-clock punctuations that are due, then processes what they produced. */
  punctuateSystemTime(): void {
    for (const task of this.tasks) {
      task.punctuateSystemTime()
      commit(task)
      this.#capture()
    }
    this.completeWork()
  }

  completeWork(): void {
    this.#capture()
    for (let task = this.#nextTask(); task !== null; task = this.#nextTask()) {
      task.process()
      task.punctuateStreamTime()
      if (++this.#sinceCommit >= this.#settings.commitEveryRecords) {
        this.#sinceCommit = 0
        commit(task)
      }
      this.#capture()
    }
  }

  close(): void {
    for (const task of this.tasks) task.close()
    this.#globalTask?.close()
    this.#capture()
  }

  #nextTask(): StreamTask | null {
    const now = this.#settings.now()
    for (const task of this.tasks) if (task.hasRecords && task.isProcessable(now)) return task
    return null
  }

  #services(isGlobal: boolean): TaskServices {
    const { config, applicationId, now } = this.#settings
    const handlers = exceptionHandlers(config)
    return {
      applicationId,
      config,
      metrics: this.metrics,
      handlers: isGlobal ? { ...handlers, deserialization: new LogAndContinueExceptionHandler() } : handlers,
      sink: this,
      now,
      cache: this.#cache,
      globalStores: isGlobal ? new Map() : this.globalStores,
      emitIntervalMs: numberSetting(
        config,
        '__emit.interval.ms.kstreams.outer.join.spurious.results.fix__',
        0,
      ),
    }
  }

  #startGlobalTask(): void {
    const { topology, engines } = this.#settings
    const nodes = topology
      .nodeGroups()
      .filter((group) => topology.isGlobalGroup(group))
      .flat()
    if (nodes.length === 0) return
    this.#globalTask = new StreamTask({
      taskId: 'global',
      partition: 0,
      nodes,
      topology,
      services: this.#services(true),
      engines,
      sourceTopics: (source) => this.#topicsOf(nodes, source),
      isGlobal: true,
    })
    this.#globalTask.openStores()
    this.#globalTask.start()
    for (const [name, store] of this.#globalTask.context.stores) this.globalStores.set(name, store)
  }

  #startTasks(): void {
    const { topology } = this.#settings
    if (this.#plan === null) {
      const nodes = topology
        .nodeGroups()
        .filter((group) => !topology.isGlobalGroup(group))
        .flat()
      const inOrder = [...topology.nodes.values()].filter((node) => nodes.includes(node))
      if (nodes.length > 0) this.#startTask('0_0', 0, inOrder)
      return
    }
    for (const { id, nodes, tasks } of this.#plan.subtopologies) {
      for (let partition = 0; partition < tasks; partition++)
        this.#startTask(`${id}_${partition}`, partition, nodes)
    }
  }

  #startTask(taskId: string, partition: number, nodes: readonly NodeDefinition[]): void {
    const { topology, engines } = this.#settings
    const services = this.#services(false)
    const hasPartition = (topic: string) => partition < (this.#plan === null ? 1 : this.partitionsFor(topic))
    const sourceTopics = (source: string) => this.#topicsOf(nodes, source).filter(hasPartition)
    const task = new StreamTask({
      taskId,
      partition,
      nodes,
      topology,
      services,
      engines,
      sourceTopics,
      isGlobal: false,
    })
    task.openStores()
    task.start()
    this.tasks.push(task)
    for (const topic of task.topics) this.#readers.set(`${topic}/${partition}`, task)
    for (const node of nodes) {
      if (node.kind !== 'source' || node.pattern === null) continue
      this.#patterns.push(node.pattern)
      this.#readers.set(`/${node.pattern.source}/${partition}`, task)
    }
  }

  #topicsOf(nodes: readonly NodeDefinition[], source: string): readonly string[] {
    const { topology, applicationId } = this.#settings
    const node = nodes.find((candidate) => candidate.name === source)
    if (node?.kind !== 'source') return []
    return node.topics.map((topic) =>
      topology.internalTopicPartitions.has(topic) ? `${applicationId}-${topic}` : topic,
    )
  }

  #capture(): void {
    while (this.#produced.length > 0) {
      const produced = this.#produced
      this.#produced = []
      for (const record of produced) this.#write(record)
    }
  }

  #write(record: ProducerRecord): void {
    const { topic, timestamp, key, value, headers } = record
    const partition = this.#partitionOf(topic, record)
    let queue = this.outputs.get(topic)
    if (queue === undefined) {
      queue = new OutputQueue()
      this.outputs.set(topic, queue)
    }
    queue.add({ partition, timestamp, key, value, headers })
    const route = this.#routeOf(topic, partition)
    if (route.task !== null || route.isGlobal) this.#deliver(route, topic, record, headers.copy())
  }

  #partitionOf(topic: string, { partition, key }: Omit<ProducerRecord, 'topic'>): number {
    if (partition !== null) return partition
    if (this.#plan === null) return 0
    const count = this.partitionsFor(topic)
    if (count <= 1) return 0
    if (key !== null) return partitionForKey(key, count)
    const next = this.#roundRobin.get(topic) ?? 0
    this.#roundRobin.set(topic, (next + 1) % count)
    return next
  }

  #deliver(
    route: Route,
    topic: string,
    { timestamp, key, value }: Omit<ProducerRecord, 'topic'>,
    headers: Headers,
  ): void {
    const raw = { offset: route.nextOffset++, timestamp, key, value, headers }
    route.task?.add(topic, raw)
    if (route.isGlobal && this.#globalTask !== null) {
      this.#globalTask.add(topic, raw)
      while (this.#globalTask.process());
      commit(this.#globalTask)
    }
  }

  /** Who reads a partition never changes: found once. */
  #routeOf(topic: string, partition: number): Route {
    let routes = this.#routes.get(topic)
    if (routes === undefined) {
      routes = []
      this.#routes.set(topic, routes)
    }
    const known = routes[partition]
    if (known !== undefined) return known
    const isGlobal = this.#globalTask?.topics.includes(topic) === true
    const route: Route = { task: this.#readerOf(topic, partition), isGlobal, nextOffset: 0n }
    routes[partition] = route
    return route
  }

  #readerOf(topic: string, partition: number): StreamTask | null {
    const task = this.#readers.get(`${topic}/${partition}`)
    if (task !== undefined) return task
    for (const pattern of this.#patterns) {
      const found = this.#readers.get(`/${pattern.source}/${partition}`)
      if (found === undefined || !matchesWhole(pattern, topic)) continue
      found.addTopic(topic, pattern)
      this.#readers.set(`${topic}/${partition}`, found)
      return found
    }
    return null
  }
}

/** All that a commit does where nothing is sent to a broker. */
function commit(task: StreamTask): void {
  task.prepareCommit()
  task.committed()
}
