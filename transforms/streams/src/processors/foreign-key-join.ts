import { Buffer } from 'node:buffer'
import { murmur3Hash128 } from '../core/murmur3.ts'
import { Record } from '../core/record.ts'
import type { ValueAndTimestamp } from '../core/record.ts'
import { Serdes } from '../core/serde.ts'
import type { Serde } from '../core/serde.ts'
import type { NodeContext } from '../context/node-context.ts'
import { StoreFactory, serdeOr } from '../stores/store-factory.ts'
import { TimestampedKeyValueStore } from '../stores/timestamped-stores.ts'
import { Instruction, combinedKeys } from './foreign-key-formats.ts'
import type { Subscription, SubscriptionResponse } from './foreign-key-formats.ts'
import type { NodeProcessor, NodeSupplier } from '../context/node-processor.ts'
import type { Change } from '../core/change.ts'
import type { AnyRecord } from '../core/record.ts'
import type { TableGetter, TableView, VersionedSemantics } from './table-view.ts'

/** Serdes of both tables; those not given are the configured defaults, known when the topology runs. */
export class ForeignKeySerdes {
  readonly #given: Readonly<{ [name in keyof typeof kinds]: Serde<unknown> | null }>
  #context: NodeContext | null = null

  constructor(given: Readonly<{ [name in keyof typeof kinds]: Serde<unknown> | null }>) {
    this.#given = given
  }

  /** Defaults are those of the task that runs; all tasks of an application have the same. */
  init(context: NodeContext): void {
    this.#context = context
  }

  get(name: keyof typeof kinds): Serde<unknown> {
    const kind = kinds[name]
    const fallback = this.#context?.appConfigs[`default.${kind}.serde`] as Serde<unknown> | undefined
    return serdeOr(this.#given[name], fallback ?? null, kind)
  }
}

const kinds = { primaryKey: 'key', leftValue: 'value', foreignKey: 'key', rightValue: 'value' } as const

/** The store of subscriptions on the right side. */
export function subscriptionStoreFactory(name: string, subscriptions: Serde<Subscription>): StoreFactory {
  return new StoreFactory({
    name,
    loggingEnabled: true,
    changelog: { kind: 'compacted' },
    description: { kind: 'subscriptions', unique: Symbol(name) },
    make: (environment, factory) => {
      const context = environment.context(factory.name, factory.loggingEnabled)
      const bytes = environment.engine(null).keyValue({ name: factory.name, timestamped: true }, context)
      return new TimestampedKeyValueStore(
        bytes,
        Serdes.bytes(),
        subscriptions,
        environment.changelogTopic(factory.name),
      )
    },
  })
}

function hashOf(serdes: ForeignKeySerdes, value: unknown): Uint8Array | null {
  if (value === null) return null
  const bytes = serdes.get('leftValue').serializer.serialize('', null, value)
  return bytes === null ? null : murmur3Hash128(bytes)
}

function sameHash(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b
  return Buffer.compare(a, b) === 0
}

/** On the left: tells the right side which of its rows a left row wants. Corresponds to `SubscriptionSendProcessorSupplier`. */
export class SubscriptionSend implements NodeSupplier, VersionedSemantics {
  readonly extractor: (key: unknown, value: unknown) => unknown
  readonly serdes: ForeignKeySerdes
  readonly isLeftJoin: boolean
  isVersioned = false

  constructor(
    extractor: (key: unknown, value: unknown) => unknown,
    serdes: ForeignKeySerdes,
    isLeftJoin: boolean,
  ) {
    this.extractor = extractor
    this.serdes = serdes
    this.isLeftJoin = isLeftJoin
  }

  useVersionedSemantics(): void {
    this.isVersioned = true
  }

  get(): NodeProcessor {
    return new SendProcessor(this)
  }
}

class SendProcessor implements NodeProcessor {
  readonly #supplier: SubscriptionSend
  #context!: NodeContext

  constructor(supplier: SubscriptionSend) {
    this.#supplier = supplier
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#supplier.serdes.init(context)
  }

  process(record: AnyRecord): void {
    const change = record.value as Change<unknown>
    if (this.#supplier.isVersioned && !change.isLatest) {
      this.#context.drop('out-of-order-version')
      return
    }
    const oldKey = this.#foreignKey(record.key, change.oldValue)
    const newKey = this.#foreignKey(record.key, change.newValue)
    if (this.#supplier.isLeftJoin) this.#leftJoin(record, change, oldKey, newKey)
    else this.#innerJoin(record, change, oldKey, newKey)
  }

  #leftJoin(record: AnyRecord, change: Change<unknown>, oldKey: unknown, newKey: unknown): void {
    if (change.oldValue === null && change.newValue === null) return
    if (oldKey !== null && this.#hasMoved(oldKey, newKey)) {
      this.#send(record, change, oldKey, Instruction.deleteKeyNoPropagate)
    }
    this.#send(record, change, newKey, Instruction.propagateNullIfNoValue)
  }

  #innerJoin(record: AnyRecord, change: Change<unknown>, oldKey: unknown, newKey: unknown): void {
    if (change.newValue === null) {
      if (oldKey !== null) this.#send(record, change, oldKey, Instruction.deleteKeyAndPropagate)
      return
    }
    if (newKey === null) {
      this.#context.drop('null-foreign-key')
      if (oldKey !== null) this.#send(record, change, oldKey, Instruction.deleteKeyAndPropagate)
      return
    }
    if (oldKey === null || !this.#hasMoved(oldKey, newKey)) {
      this.#send(record, change, newKey, Instruction.propagateOnlyIfValue)
      return
    }
    this.#send(record, change, oldKey, Instruction.deleteKeyNoPropagate)
    this.#send(record, change, newKey, Instruction.propagateNullIfNoValue)
  }

  #foreignKey(key: unknown, value: unknown): unknown {
    return value === null ? null : (this.#supplier.extractor(key, value) ?? null)
  }

  #hasMoved(oldKey: unknown, newKey: unknown): boolean {
    const { serializer } = this.#supplier.serdes.get('foreignKey')
    return !sameHash(serializer.serialize('', null, oldKey), serializer.serialize('', null, newKey))
  }

  #send(record: AnyRecord, change: Change<unknown>, foreignKey: unknown, instruction: Instruction): void {
    const subscription: Subscription = {
      hash: hashOf(this.#supplier.serdes, change.newValue),
      instruction,
      primaryKey: record.key,
      primaryPartition: Math.max(this.#context.task.partition, 0),
    }
    this.#context.emit(new Record(foreignKey, subscription, record.timestamp, record.headers))
  }
}

/** A subscription on its way from the store to the lookup. */
interface Subscribed {
  readonly foreignKey: unknown
  readonly subscription: Subscription
}

/** On the right: keeps the subscription. Corresponds to Java's `SubscriptionReceiveProcessorSupplier`. */
export function subscriptionReceiveSupplier(factory: StoreFactory, serdes: ForeignKeySerdes): NodeSupplier {
  return { get: () => new ReceiveProcessor(factory, serdes), stores: () => [factory] }
}

class ReceiveProcessor implements NodeProcessor {
  readonly #factory: StoreFactory
  readonly #serdes: ForeignKeySerdes
  #context!: NodeContext
  #store!: TimestampedKeyValueStore<Uint8Array, Subscription>

  constructor(factory: StoreFactory, serdes: ForeignKeySerdes) {
    this.#factory = factory
    this.#serdes = serdes
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#serdes.init(context)
    this.#store = context.getStateStore(this.#factory.name)
  }

  process(record: AnyRecord): void {
    const subscription = record.value as Subscription
    const foreignKey = record.key ?? null
    const { instruction } = subscription
    if (foreignKey === null && instruction !== Instruction.propagateNullIfNoValue) {
      this.#context.drop('null-foreign-key')
      return
    }
    if (foreignKey !== null) this.#keep(foreignKey, subscription, record.timestamp)
    const subscribed: Subscribed = { foreignKey, subscription }
    this.#context.emit(new Record(subscription.primaryKey, subscribed, record.timestamp, record.headers))
  }

  #keep(foreignKey: unknown, subscription: Subscription, timestamp: number): void {
    const foreign = this.#serdes.get('foreignKey').serializer.serialize('', null, foreignKey) as Uint8Array
    const { primaryKey, instruction } = subscription
    const primary = this.#serdes.get('primaryKey').serializer.serialize('', null, primaryKey) as Uint8Array
    const key = combinedKeys.join(foreign, primary)
    const isDelete =
      instruction === Instruction.deleteKeyAndPropagate || instruction === Instruction.deleteKeyNoPropagate
    if (isDelete) this.#store.delete(key)
    else this.#store.put(key, { value: subscription, timestamp })
  }
}

/** On the right: answers a new subscription with the current row. Corresponds to Java's `SubscriptionJoinProcessorSupplier`. */
export function subscriptionJoinSupplier(rightTable: TableView): NodeSupplier {
  return { get: () => new SubscriptionJoinProcessor(rightTable.get()) }
}

class SubscriptionJoinProcessor implements NodeProcessor {
  readonly #rows: TableGetter
  #context!: NodeContext

  constructor(rows: TableGetter) {
    this.#rows = rows
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#rows.init(context)
  }

  process(record: AnyRecord): void {
    const { foreignKey, subscription } = record.value as Subscribed
    const row: ValueAndTimestamp<unknown> | null = foreignKey === null ? null : this.#rows.get(foreignKey)
    const timestamp = row === null ? record.timestamp : Math.max(record.timestamp, row.timestamp)
    switch (subscription.instruction) {
      case Instruction.deleteKeyAndPropagate:
        this.#answer(record, subscription, null, timestamp)
        break
      case Instruction.propagateNullIfNoValue:
        this.#answer(record, subscription, row?.value ?? null, timestamp)
        break
      case Instruction.propagateOnlyIfValue:
        if (row !== null) this.#answer(record, subscription, row.value, timestamp)
        break
      case Instruction.deleteKeyNoPropagate:
        break
    }
  }

  #answer(record: AnyRecord, subscription: Subscription, foreignValue: unknown, timestamp: number): void {
    const { hash, primaryPartition } = subscription
    const response: SubscriptionResponse = { hash, foreignValue, primaryPartition }
    this.#context.emit(new Record(record.key, response, timestamp, record.headers))
  }
}

/** On the right: sends a changed row to all its subscribers. Corresponds to Java's `ForeignTableJoinProcessorSupplier`. */
export class ForeignTableJoin implements NodeSupplier, VersionedSemantics {
  readonly factory: StoreFactory
  readonly serdes: ForeignKeySerdes
  isVersioned = false

  constructor(factory: StoreFactory, serdes: ForeignKeySerdes) {
    this.factory = factory
    this.serdes = serdes
  }

  useVersionedSemantics(): void {
    this.isVersioned = true
  }

  get(): NodeProcessor {
    return new ForeignTableJoinProcessor(this)
  }

  stores(): readonly StoreFactory[] {
    return [this.factory]
  }
}

class ForeignTableJoinProcessor implements NodeProcessor {
  readonly #supplier: ForeignTableJoin
  #context!: NodeContext
  #store!: TimestampedKeyValueStore<Uint8Array, Subscription>

  constructor(supplier: ForeignTableJoin) {
    this.#supplier = supplier
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#supplier.serdes.init(context)
    this.#store = context.getStateStore(this.#supplier.factory.name)
  }

  process(record: AnyRecord): void {
    const change = record.value as Change<unknown>
    if (record.key === null || record.key === undefined) {
      this.#context.drop('null-key')
      return
    }
    if (this.#supplier.isVersioned && !change.isLatest) {
      this.#context.drop('out-of-order-version')
      return
    }
    const { serdes } = this.#supplier
    const foreign = serdes.get('foreignKey').serializer.serialize('', null, record.key) as Uint8Array
    const rows = this.#store.prefixScan(combinedKeys.prefix(foreign), Serdes.bytes().serializer)
    try {
      for (const { key, value } of rows) {
        const primary = serdes
          .get('primaryKey')
          .deserializer.deserialize('', null, combinedKeys.primaryKey(key))
        const { hash, primaryPartition } = value.value
        const response: SubscriptionResponse = { hash, foreignValue: change.newValue, primaryPartition }
        this.#context.emit(new Record(primary, response, record.timestamp, record.headers))
      }
    } finally {
      rows.close()
    }
  }
}

/** On the left again: joins, unless the left row has changed since it subscribed. Java's `ResponseJoinProcessorSupplier`. */
export function responseJoinSupplier(settings: {
  readonly leftTable: TableView
  readonly serdes: ForeignKeySerdes
  readonly joiner: (left: unknown, right: unknown, key: unknown) => unknown
  readonly isLeftJoin: boolean
}): NodeSupplier {
  return {
    get: () => {
      const rows = settings.leftTable.get()
      let context!: NodeContext
      return {
        init: (given) => {
          context = given
          settings.serdes.init(given)
          rows.init(given)
        },
        process: (record) => {
          const { hash, foreignValue } = record.value as SubscriptionResponse
          const left = rows.get(record.key)
          if (!sameHash(hash, hashOf(settings.serdes, left?.value ?? null))) {
            context.drop('stale-response')
            return
          }
          const isTombstone = foreignValue === null && (!settings.isLeftJoin || left === null)
          const value = isTombstone ? null : settings.joiner(left?.value ?? null, foreignValue, record.key)
          context.emit(new Record(record.key, value, record.timestamp, record.headers))
        },
        close: () => rows.close?.(),
      }
    },
  }
}
