import assert from 'node:assert/strict'
import type { SkippedTests } from '@spillway/api/testing'

import type { ChangelogRecord, StoreContext, StoreEngine, StoreIterator } from '../../state/store.ts'

/** One engine for one test, with what the test may do to it. */
export interface EngineUnderTest {
  /** The engine as opened last. */
  engine(): StoreEngine
  /** Closes the engine and opens it again over what it left behind. */
  reopen(): void
  /** Opens the engine again as if the process had died: what was not flushed is gone. */
  crash(): void
  /** Closes the engine and removes what it left behind. */
  dispose(): void
}

/** What {@link stateStoreConformance} tests. */
export interface StoreEngineUnderTest {
  /** Begins the name of each test. */
  readonly name: string
  /** Makes an engine without rows; each test has its own. */
  readonly create: () => EngineUnderTest
  readonly skip?: readonly SkippedTests[]
}

/** A changelog that keeps its records, and the clock and counter a store reports to. */
export class TestContext implements StoreContext {
  readonly applicationId = 'app'
  readonly taskId: string
  readonly records: ChangelogRecord[] = []
  readonly changelog = {
    append: (key: Uint8Array, value: Uint8Array | null, timestamp: number): void => {
      this.records.push({ key, value, timestamp })
    },
  }
  now = 0
  expired = 0

  constructor(taskId = '0_0') {
    this.taskId = taskId
  }

  currentTimestamp(): number {
    return this.now
  }

  recordExpired(): void {
    this.expired++
  }
}

/** Runs of each property: SPILLWAY_PROPERTY_RUNS, or 200. */
export const propertyRuns = Number(process.env['SPILLWAY_PROPERTY_RUNS'] ?? 200)

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Text of bytes that came from {@link bytes}. */
export function text(data: Uint8Array): string {
  return new TextDecoder().decode(data)
}

export function hex(data: Uint8Array): string {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** All rows of an iterator, described. */
export function drain<T>(rows: StoreIterator<T>, describe: (row: T) => string): string[] {
  return Array.from(rows, describe)
}

/** The slow, obvious byte order: by text of hexadecimal digits. */
export function byHex(a: Uint8Array, b: Uint8Array): number {
  const [left, right] = [hex(a), hex(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** int64, big endian, the slow way. */
export function int64(value: number): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigInt64(0, BigInt(value))
  return out
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

/** Keys that have bitten stores: empty, prefixes of each other, bytes above 127, and bytes that look like a time. */
export const awkwardKeys: readonly Uint8Array[] = [
  bytes('a'),
  bytes('b'),
  bytes('ab'),
  new Uint8Array(0),
  Uint8Array.of(0),
  Uint8Array.of(0xff),
  Uint8Array.of(0xff, 0xff),
  Uint8Array.of(0x7f),
  Uint8Array.of(0x80),
  concat(bytes('a'), Uint8Array.of(0)),
  concat(bytes('a'), Uint8Array.of(0, 0)),
  concat(bytes('a'), int64(60_000)),
  concat(bytes('a'), int64(60_000), Uint8Array.of(0, 0, 0, 1)),
  bytes('한'),
]

/** Deep equality in which byte arrays are their bytes, whatever their class. */
export function same(actual: unknown, expected: unknown): void {
  assert.deepEqual(comparable(actual), comparable(expected))
}

function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${hex(value)}`
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, comparable(each)]))
}
