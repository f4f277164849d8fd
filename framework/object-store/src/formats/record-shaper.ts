import type { SinkRecord } from '@spillway/api'

/**
 * Makes of a record what its file holds of it, after it was placed.
 *
 * @throws {DataError} for a record that cannot be brought into shape.
 */
export type RecordShaper = (record: SinkRecord) => SinkRecord

/** Several shapers, one after the other; nothing where there is none. */
export function shapeOf(shapers: readonly (RecordShaper | undefined)[]): { readonly shape?: RecordShaper } {
  const used = shapers.filter((shaper) => shaper !== undefined)
  if (used.length === 0) return {}
  return { shape: (record) => used.reduce((shaped, shaper) => shaper(shaped), record) }
}
