import { shown, shownWithType } from '../core/arguments.ts'
import { IllegalArgumentException } from '../core/errors.ts'
import { endpointOf } from './endpoint.ts'
import type { StreamsConfig } from './streams-settings.ts'

export type { StreamsConfig }

/** Java's names of the topology optimizations. */
export const optimizations = {
  reuseKTableSourceTopics: 'reuse.ktable.source.topics',
  mergeRepartitionTopics: 'merge.repartition.topics',
  singleStoreSelfJoin: 'single.store.self.join',
} as const

/** @throws IllegalArgumentException for a name that is none of them */
export function enabledOptimizations(config: StreamsConfig): ReadonlySet<string> {
  const text: unknown = config['topology.optimization'] ?? 'none'
  const known: readonly string[] = Object.values(optimizations)
  if (typeof text !== 'string') {
    throw invalid('topology.optimization', text, `use none, all, or some of ${known.join(', ')}`)
  }
  if (text === 'all') return new Set(known)
  if (text === 'none' || text === '') return new Set()
  const chosen = text.split(',').map((name) => name.trim())
  const wrong = chosen.find((name) => !known.includes(name))
  if (wrong !== undefined) {
    throw new IllegalArgumentException(
      `Unknown topology optimization "${wrong}" in topology.optimization: use none, all, or some of ${known.join(', ')}`,
    )
  }
  return new Set(chosen)
}

/** What a value must be, in words; undefined when it is. */
type Rule = (value: unknown) => string | undefined

const integerText = /^\s*[+-]?\d+\s*$/

/** A number, or the text of one as in a properties file. */
function integerOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null
  if (typeof value !== 'string' || !integerText.test(value)) return null
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : null
}

const integer =
  (least?: number): Rule =>
  (value) => {
    const number = integerOf(value)
    if (number === null) return 'it must be a whole number'
    return least !== undefined && number < least ? `it must be at least ${least}` : undefined
  }

const oneOf =
  (...names: readonly string[]): Rule =>
  (value) =>
    typeof value === 'string' && names.includes(value) ? undefined : `it must be one of ${names.join(', ')}`

const flag: Rule = (value) =>
  typeof value === 'boolean' || (typeof value === 'string' && /^\s*(true|false)\s*$/i.test(value))
    ? undefined
    : 'it must be true or false'

const text: Rule = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'it must be a text that is not empty'

const endpoint: Rule = (value) =>
  typeof value === 'string' && (value.trim() === '' || endpointOf(value) !== null)
    ? undefined
    : 'it must be host:port'

const has = (value: unknown, name: string): boolean =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'

const serde: Rule = (value) => {
  const { serializer, deserializer } = Object(value) as { serializer?: unknown; deserializer?: unknown }
  return has(serializer, 'serialize') && has(deserializer, 'deserialize')
    ? undefined
    : 'it must be a serde: an object with serializer and deserializer, as Serdes.string() gives it'
}

const extractor: Rule = (value) =>
  typeof value === 'function' ? undefined : 'it must be a function, as logAndSkipOnInvalidTimestamp is'

const handler =
  (method: string): Rule =>
  (value) =>
    typeof value === 'string' || has(value, method)
      ? undefined
      : `it must be the name of a built-in handler, or an object with ${method}()`

/** Java's keys that the engine reads, and those of Java's runtime, whose values are checked although nothing here needs them. */
const rules: Readonly<Record<string, Rule>> = {
  'application.id': text,
  'application.server': endpoint,
  'default.key.serde': serde,
  'default.value.serde': serde,
  'default.timestamp.extractor': extractor,
  'deserialization.exception.handler': handler('handleError'),
  'processing.exception.handler': handler('handleError'),
  'production.exception.handler': handler('handleSerializationError'),
  'errors.dead.letter.queue.topic.name': text,
  'dropped.records.topic.name': text,
  'ensure.explicit.internal.resource.naming': flag,
  'processing.guarantee': oneOf('at_least_once', 'exactly_once_v2'),
  'default.dsl.store': oneOf('rocksDB', 'persistent', 'in_memory'),
  'state.dir': text,
  'max.task.idle.ms': integer(),
  'windowstore.changelog.additional.retention.ms': integer(0),
  'acceptable.recovery.lag': integer(0),
  'buffered.records.per.partition': integer(),
  'cache.max.bytes.buffering': integer(0),
  'commit.interval.ms': integer(0),
  'max.warmup.replicas': integer(1),
  'num.standby.replicas': integer(0),
  'num.stream.threads': integer(1),
  'poll.ms': integer(),
  'probing.rebalance.interval.ms': integer(60_000),
  'repartition.purge.interval.ms': integer(0),
  'replication.factor': integer(),
  'state.cleanup.delay.ms': integer(),
  'state.memory.max.bytes': integer(1),
  'statestore.cache.max.bytes': integer(0),
  'task.timeout.ms': integer(0),
}

function invalid(key: string, value: unknown, reason: string): IllegalArgumentException {
  return new IllegalArgumentException(
    `Invalid value ${shownWithType(value)} for configuration ${key}: ${reason}.`,
  )
}

/**
 * Refuses values that a known key cannot have. Other keys are free: they are for clients and for user code.
 *
 * @throws IllegalArgumentException names the key, the value and what it must be
 */
export function checkConfig(config: StreamsConfig): void {
  if (typeof config !== 'object' || config === null)
    throw new IllegalArgumentException(`The configuration must be an object, got ${shown(config)}.`)
  for (const [key, value] of Object.entries(config)) {
    if (value === undefined || value === null) continue
    const reason = Object.hasOwn(rules, key) ? rules[key]?.(value) : undefined
    if (reason !== undefined) throw invalid(key, value, reason)
  }
  enabledOptimizations(config)
}

/** A setting that is a whole number, which may be given as text. */
export function numberSetting(config: StreamsConfig, key: string, fallback: number): number {
  const value = config[key]
  if (value === undefined || value === null) return fallback
  const number = integerOf(value)
  if (number === null) throw invalid(key, value, 'it must be a whole number')
  return number
}
