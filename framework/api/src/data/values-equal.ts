import { Decimal } from './decimal.ts'

/** Something that knows when it equals another of its kind. */
interface Comparable {
  equals(other: unknown): boolean
}

/** Deep equality of Connect values: bytes by content, dates by instant, decimals by unscaled value and scale. */
export function valuesEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime()
  if (a instanceof Decimal) return b instanceof Decimal && a.equals(b)
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => valuesEqual(item, b[i]))
  }
  if (a instanceof Map) return b instanceof Map && mapsEqual(a, b)
  if (typeof (a as Partial<Comparable>).equals === 'function') return (a as Comparable).equals(b)
  return objectsEqual(a as Record<string, unknown>, b as Record<string, unknown>)
}

function mapsEqual(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean {
  if (a.size !== b.size) return false
  const left = [...b]
  for (const [key, value] of a) {
    const at = left.findIndex(([k, v]) => valuesEqual(k, key) && valuesEqual(v, value))
    if (at < 0) return false
    left.splice(at, 1)
  }
  return true
}

function objectsEqual(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => Object.hasOwn(b, key) && valuesEqual(a[key], b[key]))
}
