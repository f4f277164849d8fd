import type { Schema } from '@spillway/api'
import { splitUnits } from './temporal-text.ts'
import type { ValueKind } from './value-kind.ts'
import { dateText, eraOf, splitDay, timeText, wallDate } from './wall-time.ts'

/** Texts of a number that is a date or time by the name of its schema; wall time, so no zone moves it. */
export interface LocalTime {
  readonly kind: Extract<ValueKind, 'date' | 'time' | 'timestamp'>
  text(value: unknown): string
}

const PREFIX = 'io.debezium.time.'

/** What each name counts: its type, and its units per millisecond. */
const NAMES: Readonly<Record<string, readonly [Schema['type'], LocalTime['kind'], bigint]>> = {
  Date: ['INT32', 'date', 0n],
  Time: ['INT32', 'time', 1n],
  MicroTime: ['INT64', 'time', 1_000n],
  NanoTime: ['INT64', 'time', 1_000_000n],
  Timestamp: ['INT64', 'timestamp', 1n],
  MicroTimestamp: ['INT64', 'timestamp', 1_000n],
  NanoTimestamp: ['INT64', 'timestamp', 1_000_000n],
}

/** How numbers of Debezium's schemas read as dates and times; undefined for any other schema. */
export function debeziumTime({ name, type }: Schema): LocalTime | undefined {
  if (name?.startsWith(PREFIX) !== true) return undefined
  const known = NAMES[name.slice(PREFIX.length)]
  if (known?.[0] !== type) return undefined
  const [, kind, perMs] = known
  switch (kind) {
    case 'date':
      return { kind, text: (value) => localDate(Number(value)) }
    case 'time':
      return { kind, text: (value) => localTime(BigInt(value as bigint | number), perMs) }
    case 'timestamp':
      return { kind, text: (value) => localTimestamp(BigInt(value as bigint | number), perMs) }
  }
}

function localDate(epochDay: number): string {
  const date = wallDate(epochDay, false)
  return dateText(date) + eraOf(date)
}

/** MySQL's times may be negative and longer than a day; a database whose are not says so. */
function localTime(units: bigint, perMs: bigint): string {
  const isNegative = units < 0n
  const { ms, digits } = splitUnits(isNegative ? -units : units, perMs)
  return `${isNegative ? '-' : ''}${timeText(ms, digits)}`
}

function localTimestamp(units: bigint, perMs: bigint): string {
  const { ms, digits } = splitUnits(units, perMs)
  const { epochDay, msOfDay } = splitDay(ms)
  const date = wallDate(epochDay, false)
  return `${dateText(date)} ${timeText(msOfDay, digits)}${eraOf(date)}`
}
