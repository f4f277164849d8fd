import { Decimal } from '@spillway/api'
import { JsonNumber } from './json-text.ts'

/** What Java's parser calls a value of parsed JSON (`JsonNodeType`). */
export type JsonNodeType = 'ARRAY' | 'BOOLEAN' | 'NULL' | 'NUMBER' | 'OBJECT' | 'STRING'

export function nodeTypeOf(json: unknown): JsonNodeType {
  if (json === null || json === undefined) return 'NULL'
  if (Array.isArray(json)) return 'ARRAY'
  switch (typeof json) {
    case 'string':
      return 'STRING'
    case 'boolean':
      return 'BOOLEAN'
    case 'object':
      return json instanceof JsonNumber ? 'NUMBER' : 'OBJECT'
    default:
      return 'NUMBER'
  }
}

/** A number of parsed JSON, however it is held. */
export function isJsonNumber(json: unknown): json is number | bigint | JsonNumber {
  return typeof json === 'number' || json instanceof JsonNumber || typeof json === 'bigint'
}

export function toNumber(json: number | bigint | JsonNumber): number {
  if (typeof json === 'number') return json
  return typeof json === 'bigint' ? Number(json) : json.toNumber()
}

/** The number as an exact int64; undefined where it has a fraction, is out of range, or is no number. */
export function toInt64(json: unknown): bigint | undefined {
  if (typeof json === 'number') {
    if (Number.isSafeInteger(json)) return BigInt(json)
    return Number.isInteger(json) && Math.abs(json) <= 2 ** 63 ? inRange(BigInt(json)) : undefined
  }
  if (typeof json === 'bigint') return inRange(json)
  if (!(json instanceof JsonNumber)) return undefined
  if (/^-?\d{1,20}$/.test(json.text)) return inRange(BigInt(json.text))
  const { unscaled, scale } = Decimal.parse(json.text)
  if (unscaled === 0n) return 0n
  if (scale <= 0) return scale < -19 ? undefined : inRange(unscaled * 10n ** BigInt(-scale))
  if (scale > unscaled.toString().length) return undefined
  const divisor = 10n ** BigInt(scale)
  return unscaled % divisor === 0n ? inRange(unscaled / divisor) : undefined
}

function inRange(value: bigint): bigint | undefined {
  return BigInt.asIntN(64, value) === value ? value : undefined
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** The bytes of a base64 text; undefined where it is none (Node itself skips over what it does not know). */
export function decodeBase64(text: string): Buffer | undefined {
  return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined
}
