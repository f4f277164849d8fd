import { StreamsException } from '../core/errors.ts'
import { deserializerOr, serializerOr } from '../core/serde.ts'
import type { Serde, Serializer } from '../core/serde.ts'
import type { StoreContext, StoreEngine } from '../state/store.ts'
import type { StateStore } from './key-value-store.ts'

/** What a task gives to the stores it makes. */
export interface StoreEnvironment {
  /** The engine for a store that asks for memory or disk, null: whatever is the default. */
  engine(persistent: boolean | null): StoreEngine
  /** Whether such a store is in memory by its own choice or by default, wherever the runtime keeps it. */
  isInMemory(persistent: boolean | null): boolean
  /** The context of a store; `changelog` is left out where logging is off. */
  context(storeName: string, loggingEnabled: boolean): StoreContext
  /** Full name of the store's changelog topic: what serdes are told. */
  changelogTopic(storeName: string): string
  readonly defaultKeySerde: Serde<unknown> | null
  readonly defaultValueSerde: Serde<unknown> | null
}

/**
 * Which rows of a store of the DSL are too old to be put. Java's in-memory stores refuse, and count, each row that no read shows any
 * more; its persistent ones only those whose segment of time is gone.
 */
export function refusalOf(environment: StoreEnvironment, persistent: boolean | null): 'row' | 'segment' {
  return environment.isInMemory(persistent) ? 'row' : 'segment'
}

/** Which topic configs a store's changelog has. */
export type ChangelogKind =
  | { readonly kind: 'compacted' }
  | { readonly kind: 'windowed'; readonly retentionMs: number }
  | { readonly kind: 'versioned'; readonly historyRetentionMs: number }

interface StoreFactorySettings {
  readonly name: string
  readonly loggingEnabled: boolean
  readonly logConfig?: Readonly<Record<string, string>>
  /** Whether updates may wait for a commit: {@link RecordCache}. */
  readonly cachingEnabled?: boolean
  readonly changelog: ChangelogKind
  /** What the store was made from: two factories with equal descriptions may share a name. */
  readonly description: object
  readonly make: (environment: StoreEnvironment, factory: StoreFactory) => StateStore
}

/** A store of a topology, made once per task. Corresponds to Java's `StoreFactory`. */
export class StoreFactory {
  readonly name: string
  readonly logConfig: Readonly<Record<string, string>>
  readonly changelog: ChangelogKind
  readonly cachingEnabled: boolean
  readonly connectedProcessors = new Set<string>()
  readonly #description: object
  readonly #make: (environment: StoreEnvironment, factory: StoreFactory) => StateStore
  #loggingEnabled: boolean

  constructor(settings: StoreFactorySettings) {
    this.name = settings.name
    this.logConfig = settings.logConfig ?? {}
    this.changelog = settings.changelog
    this.cachingEnabled = settings.cachingEnabled ?? false
    this.#loggingEnabled = settings.loggingEnabled
    this.#description = settings.description
    this.#make = settings.make
  }

  get loggingEnabled(): boolean {
    return this.#loggingEnabled
  }

  get isVersioned(): boolean {
    return this.changelog.kind === 'versioned'
  }

  disableLogging(): void {
    this.#loggingEnabled = false
  }

  /** True when adding both under one name is no conflict. */
  isCompatibleWith(other: StoreFactory): boolean {
    if (this === other || this.#description === other.#description) return true
    const mine = Object.entries(this.#description)
    const theirs = new Map(Object.entries(other.#description))
    return (
      Object.getPrototypeOf(this.#description) === Object.getPrototypeOf(other.#description) &&
      mine.length === theirs.size &&
      mine.every(([key, value]) => sameSetting(value, theirs.get(key)))
    )
  }

  make(environment: StoreEnvironment): StateStore {
    return this.#make(environment, this)
  }
}

function sameSetting(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Object.getPrototypeOf(a) !== Object.prototype) return false
  return JSON.stringify(a) === JSON.stringify(b) && typeof a !== 'function' && !('serializer' in a)
}

/**
 * The serde given, or the configured default.
 *
 * @throws StreamsException when there is neither
 */
export function serdeOr<T>(
  given: Serde<T> | null,
  fallback: Serde<unknown> | null,
  what: 'key' | 'value',
): Serde<T> {
  const serializer = serializerOr((given?.serializer ?? null) as Serializer<unknown> | null, fallback)
  const deserializer = deserializerOr(given?.deserializer ?? null, fallback)
  if (serializer === null || deserializer === null) {
    throw new StreamsException(
      `Please specify a ${what} serde or set one through the config "default.${what}.serde"`,
    )
  }
  return { serializer, deserializer } as Serde<T>
}

/** {@link serdeOr} of the keys and values of a store. */
export function serdesOr<K, V>(
  environment: StoreEnvironment,
  keys: Serde<K> | null,
  values: Serde<V> | null,
): readonly [Serde<K>, Serde<V>] {
  return [
    serdeOr(keys, environment.defaultKeySerde, 'key'),
    serdeOr(values, environment.defaultValueSerde, 'value'),
  ]
}
