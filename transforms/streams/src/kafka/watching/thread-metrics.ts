import type { Clock } from '@spillway/api'
import { MetricsScope, type MetricsRegistry } from '../../context/metrics.ts'
import type { Sampled } from '../../context/sampled.ts'

const group = 'stream-thread-metrics'
const ofUpdates = 'stream-state-updater-metrics'

/** What a thread is at the moment it is asked. */
export interface MeasuredThread {
  readonly state: string
  readonly restoringTasks: number
  readonly standbyTasks: number
}

/** The phases of a thread's loop that have figures of their own. */
export type Phase = 'poll' | 'process' | 'punctuate' | 'commit'

interface PhaseFigures {
  /** ms, by calls. */
  readonly latency: Sampled
  /** What was done, by calls: records, punctuations, commits. */
  readonly done: Sampled
  /** ms, of all calls. */
  readonly time: Sampled
}

/**
 * The figures of a thread under Kafka Streams' names: `stream-thread-metrics`, and of `stream-state-updater-metrics` those that have a
 * meaning where the thread restores its stores itself. Times in ms but where the name says ns.
 */
export class ThreadMetrics {
  readonly #clock: Clock
  readonly #scope: MetricsScope
  readonly #phases: Record<Phase, PhaseFigures>
  readonly #polled: Sampled
  readonly #processed: Sampled
  readonly #restored: Sampled
  readonly #created: Sampled
  readonly #closed: Sampled
  #blockedNs = 0

  constructor(registry: MetricsRegistry, threadId: string, clock: Clock, read: () => MeasuredThread) {
    this.#clock = clock
    const scope = new MetricsScope(registry, { 'thread-id': threadId })
    this.#scope = scope
    const phase = (name: Phase): PhaseFigures => {
      const latency = scope.sampled(group, `${name}-latency`, ['avg', 'max'])
      const done = scope.sampled(group, name, ['rate', 'total'])
      return { latency, done, time: scope.sampled(group, name, ['ratio']) }
    }
    this.#phases = {
      poll: phase('poll'),
      process: phase('process'),
      punctuate: phase('punctuate'),
      commit: phase('commit'),
    }
    this.#polled = scope.sampled(group, 'poll-records', ['avg', 'max'])
    this.#processed = scope.sampled(group, 'process-records', ['avg', 'max'])
    this.#created = scope.sampled(group, 'task-created', ['rate', 'total'])
    this.#closed = scope.sampled(group, 'task-closed', ['rate', 'total'])
    this.#restored = scope.sampled(ofUpdates, 'restore-records', ['rate'])
    scope.tell(this.#restored, ofUpdates, 'restore-call', ['frequency'])
    const startTime = clock.now()
    scope.gauge(group, 'thread-start-time', () => startTime)
    scope.gauge(group, 'blocked-time-ns-total', () => this.#blockedNs)
    scope.gauge(group, 'state', () => read().state)
    scope.gauge(ofUpdates, 'active-restoring-tasks', () => read().restoringTasks)
    scope.gauge(ofUpdates, 'standby-updating-tasks', () => read().standbyTasks)
  }

  /** Waits for Kafka's answer to a poll. */
  async polling<T>(poll: () => Promise<readonly T[]>): Promise<readonly T[]> {
    const began = this.#clock.monotonic()
    const records = await poll()
    const ms = this.#clock.monotonic() - began
    this.#blockedNs += Math.round(ms * 1e6)
    this.#note('poll', ms, 1, 1)
    if (records.length > 0) this.#polled.record(records.length, this.#clock.now())
    return records
  }

  /** @param run tells how many it has processed, or fired */
  working(phase: 'process' | 'punctuate', run: () => number): number {
    const began = this.#clock.monotonic()
    const done = run()
    const ms = this.#clock.monotonic() - began
    if (done > 0) this.#note(phase, ms, done, phase === 'process' ? done : 1)
    if (phase === 'process' && done > 0) this.#processed.record(done, this.#clock.now())
    return done
  }

  async committing(commit: () => Promise<void>): Promise<void> {
    const began = this.#clock.monotonic()
    await commit()
    const ms = this.#clock.monotonic() - began
    this.#blockedNs += Math.round(ms * 1e6)
    this.#note('commit', ms, 1, 1)
  }

  /** Waited for the producer to have room. */
  blocked(ms: number): void {
    this.#blockedNs += Math.round(ms * 1e6)
  }

  restored(records: number): void {
    this.#restored.record(records, this.#clock.now())
  }

  taskCreated(): void {
    this.#created.record(1, this.#clock.now())
  }

  taskClosed(): void {
    this.#closed.record(1, this.#clock.now())
  }

  /** Records that were processed, ever. */
  get processedRecords(): number {
    return this.#phases.process.done.total
  }

  get commits(): number {
    return this.#phases.commit.done.total
  }

  remove(): void {
    this.#scope.remove()
  }

  /** @param per what the latency is of: a call, or each of its records */
  #note(phase: Phase, ms: number, done: number, per: number): void {
    const now = this.#clock.now()
    const { latency, done: all, time } = this.#phases[phase]
    latency.record(ms / per, now)
    all.record(done, now)
    time.record(ms, now)
  }
}
