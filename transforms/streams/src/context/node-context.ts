import { durationOf, instantOf, shown } from '../core/arguments.ts'
import { IllegalArgumentException, StreamsException } from '../core/errors.ts'
import { Headers } from '../core/headers.ts'
import { Record } from '../core/record.ts'
import type { RecordLike, RecordMetadata } from '../core/record.ts'
import type { AnyRecord } from '../core/record.ts'
import { CachedUpdates } from './cached-updates.ts'
import type { Cancellable, ProcessorContext, PunctuationType, Punctuator } from './processor.ts'
import type { MetricsRegistry } from './metrics.ts'
import type { DropReason, TaskContext } from './task-context.ts'
import type { RuntimeNode } from './runtime-node.ts'

/** What one node of one task sees of the engine. User code sees a UserNodeContext. */
export class NodeContext implements ProcessorContext<unknown, unknown> {
  readonly task: TaskContext
  readonly node: RuntimeNode
  readonly storeNames: ReadonlySet<string>

  constructor(node: RuntimeNode, task: TaskContext, storeNames: ReadonlySet<string>) {
    this.node = node
    this.task = task
    this.storeNames = storeNames
  }

  get nodeName(): string {
    return this.node.name
  }

  get applicationId(): string {
    return this.task.services.applicationId
  }

  get taskId(): string {
    return this.task.taskId
  }

  get stateDir(): string {
    return String(this.task.services.config['state.dir'] ?? '')
  }

  get metrics(): MetricsRegistry {
    return this.task.services.metrics
  }

  get appConfigs(): Readonly<{ [key: string]: unknown }> {
    return this.task.services.config
  }

  /** Passes a record on. While the children work, its timestamp and headers are those of the task's current record. */
  emit(record: AnyRecord): void {
    const task = this.task
    const { timestamp, headers } = task
    task.timestamp = record.timestamp
    task.headers = record.headers
    try {
      const children = this.node.children
      for (let index = 0; index < children.length; index++) (children[index] as RuntimeNode).process(record)
    } finally {
      task.timestamp = timestamp
      task.headers = headers
    }
  }

  /** Passes a record to one child. */
  emitTo(record: AnyRecord, childName: string): void {
    const child = this.node.childByName.get(childName)
    if (child === undefined) {
      throw new StreamsException(
        `Unknown downstream node: ${childName} either does not exist or is not connected to this processor.`,
      )
    }
    const task = this.task
    const { timestamp, headers } = task
    task.timestamp = record.timestamp
    task.headers = record.headers
    try {
      child.process(record)
    } finally {
      task.timestamp = timestamp
      task.headers = headers
    }
  }

  forward(record: RecordLike<unknown, unknown>, childName?: string): void {
    const full = asRecord(record)
    if (childName === undefined) this.emit(full)
    else this.emitTo(full, childName)
  }

  getStateStore<S>(name: string): S {
    const global = this.task.services.globalStores.get(name)
    if (global !== undefined) return global as S
    if (!this.storeNames.has(name)) {
      throw new StreamsException(
        `Processor ${this.nodeName} has no access to StateStore ${name} as the store is not connected to the processor. ` +
          "If you add stores manually via '.addStateStore()' make sure to connect the added store to the processor by " +
          "providing the processor name to '.addStateStore()' or connect them via '.connectProcessorAndStateStores()'. " +
          "DSL users need to provide the store name to '.process()', '.processValues()', or '.transformValues()' to " +
          'connect the store to the corresponding operator, or they can provide a StoreBuilder by implementing the ' +
          'stores() method on the Supplier itself. If you do not add stores manually, please file a bug report at ' +
          'https://issues.apache.org/jira/projects/KAFKA.',
      )
    }
    return this.task.stores.get(name) as S
  }

  /**
   * Where updates of a store wait for the next commit; null where they go on at once.
   *
   * @param sendsOldValues whether nodes below want the old rows
   */
  cachedUpdates(storeName: string, sendsOldValues: () => boolean): CachedUpdates | null {
    const { cache, cachedStores, cachedUpdates } = this.task
    if (cache === undefined || !cachedStores.has(storeName)) return null
    const known = cachedUpdates.get(storeName)
    if (known !== undefined) {
      known.forwardBy(this)
      return known
    }
    const { task } = this
    const hits = task.metrics.hitRatio(storeName)
    const updates = new CachedUpdates(this, cache, sendsOldValues, (ratio) =>
      hits.record(ratio, task.systemTimeMs),
    )
    cachedUpdates.set(storeName, updates)
    return updates
  }

  recordMetadata(): RecordMetadata | null {
    return this.task.recordMetadata()
  }

  schedule(intervalMs: number, type: PunctuationType, punctuator: Punctuator): Cancellable
  schedule(
    startTime: number | Date,
    intervalMs: number,
    type: PunctuationType,
    punctuator: Punctuator,
  ): Cancellable
  schedule(
    first: number | Date,
    second: PunctuationType | number,
    third: Punctuator | PunctuationType,
    fourth?: Punctuator,
  ): Cancellable {
    const isAnchored = fourth !== undefined
    const intervalMs = durationOf(isAnchored ? second : first, 'interval')
    const type = (isAnchored ? third : second) as PunctuationType
    const punctuator = (isAnchored ? fourth : third) as Punctuator
    if (intervalMs < 1) {
      throw new IllegalArgumentException('The minimum supported scheduling interval is 1 millisecond.')
    }
    if (type !== 'STREAM_TIME' && type !== 'WALL_CLOCK_TIME') {
      throw new IllegalArgumentException(
        `Unrecognized PunctuationType: ${shown(type)}. Use STREAM_TIME or WALL_CLOCK_TIME.`,
      )
    }
    if (typeof punctuator !== 'function')
      throw new IllegalArgumentException(`punctuator must be a function, got ${shown(punctuator)}`)
    const byStream = type === 'STREAM_TIME'
    const now = byStream ? this.task.streamTime : this.task.services.now()
    const queue = byStream ? this.task.streamPunctuations : this.task.wallClockPunctuations
    if (!isAnchored)
      return queue.schedule(this.node, byStream ? 0 : now + intervalMs, intervalMs, punctuator, null)
    const start = instantOf(first, 'start time')
    if (start < 0) throw new IllegalArgumentException('The minimum supported start time is Instant.EPOCH.')
    return queue.schedule(this.node, start, intervalMs, punctuator, now)
  }

  commit(): void {
    this.task.isCommitRequested = true
  }

  currentSystemTimeMs(): number {
    return this.task.systemTimeMs
  }

  currentStreamTimeMs(): number {
    return this.task.streamTime
  }

  /** A clock of this node that goes on after a restart: see {@link TaskContext.keepTime}. */
  keepClock(read: () => number): number {
    return this.task.keepTime(`${this.nodeName}~`, read)
  }

  /** Counts the current record as dropped by this node. */
  drop(reason: DropReason): void {
    this.task.drop(reason, this.nodeName)
  }
}

/** What `forward` was given, as a record. */
function asRecord(record: RecordLike<unknown, unknown>): AnyRecord {
  if (record instanceof Record) return record
  return new Record(record.key, record.value, record.timestamp, record.headers ?? new Headers())
}
