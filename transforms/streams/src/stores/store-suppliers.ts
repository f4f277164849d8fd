import { durationOf } from '../core/arguments.ts'
import { IllegalArgumentException } from '../core/errors.ts'

interface SupplierBase {
  readonly name: string
  /** False: always in memory. True: in the persistent engine, where the runtime has one. */
  readonly persistent: boolean
}

export interface KeyValueStoreSupplier extends SupplierBase {
  readonly kind: 'key-value'
  readonly timestamped: boolean
  readonly maxEntries?: number
}

export interface VersionedStoreSupplier extends SupplierBase {
  readonly kind: 'versioned'
  readonly historyRetentionMs: number
  readonly segmentIntervalMs?: number
}

export interface WindowStoreSupplier extends SupplierBase {
  readonly kind: 'window'
  readonly timestamped: boolean
  readonly retentionMs: number
  readonly windowSizeMs: number
  readonly retainDuplicates: boolean
}

export interface SessionStoreSupplier extends SupplierBase {
  readonly kind: 'session'
  readonly retentionMs: number
}

/** A description of a store to be made. Corresponds to Java's `StoreSupplier`. */
export type StoreSupplier =
  KeyValueStoreSupplier | VersionedStoreSupplier | WindowStoreSupplier | SessionStoreSupplier

export function windowSupplier(
  name: string,
  retentionMs: number,
  windowSizeMs: number,
  retainDuplicates: boolean,
  options: { readonly persistent: boolean; readonly timestamped: boolean },
): WindowStoreSupplier {
  durationOf(retentionMs, 'retentionPeriod')
  durationOf(windowSizeMs, 'windowSize')
  if (retentionMs < 0) throw new IllegalArgumentException('retentionPeriod cannot be negative')
  if (windowSizeMs < 0) throw new IllegalArgumentException('windowSize cannot be negative')
  if (windowSizeMs > retentionMs) {
    throw new IllegalArgumentException(
      `The retention period of the window store ${name} must be no smaller than its window size. ` +
        `Got size=[${windowSizeMs}], retention=[${retentionMs}]`,
    )
  }
  return { kind: 'window', name, retentionMs, windowSizeMs, retainDuplicates, ...options }
}

export function sessionSupplier(
  name: string,
  retentionMs: number,
  persistent: boolean,
): SessionStoreSupplier {
  durationOf(retentionMs, 'retentionPeriod')
  if (retentionMs < 0) throw new IllegalArgumentException('retentionPeriod cannot be negative')
  return { kind: 'session', name, retentionMs, persistent }
}

export function versionedSupplier(
  name: string,
  historyRetentionMs: number,
  segmentIntervalMs?: number,
): VersionedStoreSupplier {
  durationOf(historyRetentionMs, 'historyRetention')
  if (segmentIntervalMs !== undefined) durationOf(segmentIntervalMs, 'segmentInterval')
  if (historyRetentionMs < 0) throw new IllegalArgumentException('historyRetention cannot be negative')
  if (segmentIntervalMs !== undefined && segmentIntervalMs < 1) {
    throw new IllegalArgumentException('segmentInterval cannot be zero or negative')
  }
  const base = { kind: 'versioned', name, historyRetentionMs, persistent: true } as const
  return segmentIntervalMs === undefined ? base : { ...base, segmentIntervalMs }
}
