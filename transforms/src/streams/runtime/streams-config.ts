import { IllegalArgumentException } from '../core/errors.ts'
import type { AnySerde } from '../core/serde.ts'
import type {
  DeserializationExceptionHandler,
  ProcessingExceptionHandler,
  ProductionExceptionHandler,
} from './exception-handlers.ts'

/**
 * Settings by Kafka Streams' own keys. Handlers are objects, or the names of the built-in ones
 * (short or full Java class names).
 */
export interface StreamsConfig {
  readonly 'application.id'?: string
  readonly 'default.key.serde'?: AnySerde
  readonly 'default.value.serde'?: AnySerde
  readonly 'deserialization.exception.handler'?: string | DeserializationExceptionHandler
  readonly 'processing.exception.handler'?: string | ProcessingExceptionHandler
  readonly 'production.exception.handler'?: string | ProductionExceptionHandler
  readonly 'errors.dead.letter.queue.topic.name'?: string | null
  /**
   * Ours: records that an operator drops (late, without key, ...) are also written there, as they came in, with
   * `__streams.dropped.*` headers that tell why and where.
   */
  readonly 'dropped.records.topic.name'?: string | null
  /** `none`, `all`, or a comma separated choice of {@link optimizations}. */
  readonly 'topology.optimization'?: string
  readonly 'ensure.explicit.internal.resource.naming'?: boolean | string
  readonly 'processing.guarantee'?: string
  readonly 'max.task.idle.ms'?: number | string
  readonly 'windowstore.changelog.additional.retention.ms'?: number | string
  /** `in_memory` or `persistent` (Java's `rocksDB` means the same). */
  readonly 'default.dsl.store'?: string
  readonly 'state.dir'?: string
  readonly [key: string]: unknown
}

/** Java's names of the topology optimizations. */
export const optimizations = {
  reuseKTableSourceTopics: 'reuse.ktable.source.topics',
  mergeRepartitionTopics: 'merge.repartition.topics',
  singleStoreSelfJoin: 'single.store.self.join',
} as const

/** @throws IllegalArgumentException for a name that is none of them */
export function enabledOptimizations(config: StreamsConfig): ReadonlySet<string> {
  const text = config['topology.optimization'] ?? 'none'
  const known: readonly string[] = Object.values(optimizations)
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

/** A numeric setting, which may be given as text. */
export function numberSetting(config: StreamsConfig, key: string, fallback: number): number {
  const value = config[key]
  if (value === undefined || value === null) return fallback
  const number = Number(value)
  if (!Number.isFinite(number))
    throw new IllegalArgumentException(`Config ${key} must be a number, got ${String(value)}`)
  return number
}
