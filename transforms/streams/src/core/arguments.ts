import { inspect } from 'node:util'
import { IllegalArgumentException } from './errors.ts'

/** A wrong argument as errors show it: short, on one line, texts in quotes. */
export function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  const text = inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 60, maxArrayLength: 3 })
  return text.length > 80 ? `${text.slice(0, 80)}...` : text
}

/** The argument and its type, where the type is what is wrong. */
export function shownWithType(value: unknown): string {
  return typeof value === 'number' || value === null || value === undefined
    ? shown(value)
    : `${shown(value)} (${Array.isArray(value) ? 'array' : typeof value})`
}

/** True for what a time may be: whole milliseconds since the epoch that a number holds exactly. */
export function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/**
 * Checks a duration, ms. Negative ones pass: who calls says in Java's words where they are refused.
 *
 * @throws IllegalArgumentException for what is no safe integer
 */
export function durationOf(value: unknown, name: string): number {
  if (Number.isSafeInteger(value)) return value as number
  throw new IllegalArgumentException(
    `${name} must be a whole number of milliseconds, at most ${Number.MAX_SAFE_INTEGER} (endOfTime: without end), ` +
      `got ${shownWithType(value)}`,
  )
}

/**
 * Checks a point in time, ms since the epoch, given as a number or a Date. Negative ones pass, as in {@link durationOf}.
 *
 * @throws IllegalArgumentException for what is no safe integer
 */
export function instantOf(value: unknown, name: string): number {
  const time = value instanceof Date ? value.getTime() : value
  if (Number.isSafeInteger(time)) return time as number
  throw new IllegalArgumentException(
    `${name} must be a time in whole milliseconds since the epoch (a number or a Date), at most ` +
      `${Number.MAX_SAFE_INTEGER}, got ${shownWithType(value)}`,
  )
}

/**
 * Checks a number of things.
 *
 * @throws IllegalArgumentException for what is no integer, or below the least
 */
export function countOf(value: unknown, name: string, least: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number
  throw new IllegalArgumentException(
    `${name} must be a whole number, at least ${least}, got ${shownWithType(value)}`,
  )
}

/**
 * Checks a bound of a read from a store: infinite bounds leave an end open.
 *
 * @throws IllegalArgumentException for NaN, a fraction, or what is no number
 */
export function boundOf(value: unknown, name: string): number {
  if (Number.isSafeInteger(value)) return value as number
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return value
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) return value
  throw new IllegalArgumentException(
    `${name} must be a time in whole milliseconds since the epoch, got ${shownWithType(value)}`,
  )
}
