import type { SecretMasker } from '@spillway/api'

/** A JSON value in which no text, and no name of a member, holds a secret. */
export function masked<T>(value: T, masker: SecretMasker): T {
  return maskedValue(value, masker) as T
}

function maskedValue(value: unknown, masker: SecretMasker): unknown {
  if (typeof value === 'string') return masker.mask(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => maskedValue(item, masker))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [masker.mask(key), maskedValue(item, masker)]),
  )
}
