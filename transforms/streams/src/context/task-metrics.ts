import { type Counter, MetricsScope, type MetricsRegistry } from './metrics.ts'
import type { Sampled } from './sampled.ts'

const ofTask = 'stream-task-metrics'
const ofNode = 'stream-processor-node-metrics'
const ofTopic = 'stream-topic-metrics'

/** Records of a topic that a node has read or written. */
export interface TopicTraffic {
  records: number
  bytes: number
}

/**
 * The figures of one task under Kafka Streams' names: groups `stream-task-metrics`, `stream-processor-node-metrics`,
 * `stream-topic-metrics` and `stream-record-cache-metrics`. They go with the task.
 */
export class TaskMetrics {
  readonly #scope: MetricsScope
  readonly #dropped: Sampled
  readonly #droppedFor = new Map<string, Counter>()
  /** Records, by turns of the task. */
  readonly #processed: Sampled
  /** ms that a record took, by turns. */
  readonly #latency: Sampled
  /** ms of turns. */
  readonly #time: Sampled
  /** ms of punctuations that did something. */
  readonly #punctuations: Sampled
  readonly #restored: Sampled

  /** @param threadId left out by a test driver */
  constructor(registry: MetricsRegistry, threadId: string | undefined, taskId: string) {
    const tags = threadId === undefined ? {} : { 'thread-id': threadId }
    const scope = new MetricsScope(registry, { ...tags, 'task-id': taskId })
    this.#scope = scope
    this.#dropped = scope.sampled(ofTask, 'dropped-records', ['rate', 'total'])
    this.#processed = scope.sampled(ofTask, 'process', ['rate', 'total'])
    this.#latency = scope.sampled(ofTask, 'process-latency', ['avg', 'max'])
    this.#time = scope.sampled(ofTask, 'active-process', ['ratio'])
    this.#punctuations = scope.sampled(ofTask, 'punctuate-latency', ['avg', 'max'])
    scope.tell(this.#punctuations, ofTask, 'punctuate', ['frequency', 'count'])
    this.#restored = scope.sampled(ofTask, 'restore', ['rate', 'total'])
  }

  gauge(name: string, read: () => number): void {
    this.#scope.gauge(ofTask, name, read)
  }

  /** A turn of the task on its thread. */
  processed(records: number, ms: number, now: number): void {
    this.#processed.record(records, now)
    this.#latency.record(ms / records, now)
    this.#time.record(ms, now)
  }

  punctuated(ms: number, now: number): void {
    this.#punctuations.record(ms, now)
  }

  restored(records: number, now: number): void {
    this.#restored.record(records, now)
  }

  dropped(reason: string, now: number): void {
    this.#dropped.record(1, now)
    let counter = this.#droppedFor.get(reason)
    if (counter === undefined) {
      counter = this.#scope.counter(ofTask, 'dropped-records-by-reason-total', { reason })
      this.#droppedFor.set(reason, counter)
    }
    counter.increment()
  }

  /** ms from the time of a record to now, where it enters (sources) and ends (terminal nodes), as KIP-613 has it. */
  endToEndLatency(node: string): Sampled {
    const more = { 'processor-node-id': node }
    return this.#scope.sampled(ofNode, 'record-e2e-latency', ['avg', 'max', 'min'], more)
  }

  consumed(node: string, topic: string): TopicTraffic {
    return this.#traffic('consumed', node, topic)
  }

  produced(node: string, topic: string): TopicTraffic {
    return this.#traffic('produced', node, topic)
  }

  /** Share of updates of a store that met another one of the same key, by commits. */
  hitRatio(store: string): Sampled {
    const more = { 'record-cache-id': store }
    return this.#scope.sampled('stream-record-cache-metrics', 'hit-ratio', ['avg', 'max', 'min'], more)
  }

  /** Where the task has left its thread. */
  remove(): void {
    this.#scope.remove()
  }

  #traffic(direction: 'consumed' | 'produced', node: string, topic: string): TopicTraffic {
    const traffic = { records: 0, bytes: 0 }
    const more = { 'processor-node-id': node, topic }
    this.#scope.gauge(ofTopic, `records-${direction}-total`, () => traffic.records, more)
    this.#scope.gauge(ofTopic, `bytes-${direction}-total`, () => traffic.bytes, more)
    return traffic
  }
}
