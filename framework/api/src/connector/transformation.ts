import type { RawConfig } from '../config/config-def.ts'
import type { SinkRecord } from '../data/sink-record.ts'
import type { MaybePromise, PluginBase } from '../config/plugin-base.ts'

/**
 * Changes, drops or multiplies single records (Java: `Transformation`).
 *
 * Null drops the record: its offset still counts as consumed. An array stands in its place: all its records keep the
 * offset of the one they came from, and stay together through rotation and commit.
 */
export interface Transformation {
  configure(config: RawConfig): MaybePromise<void>
  /** @throws {DataError} for a record it cannot handle; `errors.tolerance` then decides. */
  apply(record: SinkRecord): MaybePromise<SinkRecord | readonly SinkRecord[] | null>
  close?(): MaybePromise<void>
}

/** Decides whether a transformation applies to a record (Java: `Predicate`). */
export interface Predicate {
  configure(config: RawConfig): MaybePromise<void>
  test(record: SinkRecord): boolean
  close?(): MaybePromise<void>
}

export interface TransformationPlugin extends PluginBase {
  readonly kind: 'transformation'
  create(): Transformation
}

export interface PredicatePlugin extends PluginBase {
  readonly kind: 'predicate'
  create(): Predicate
}
