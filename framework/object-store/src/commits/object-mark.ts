import type { ObjectHead } from '@spillway/api'

const IDENTITY = 'spillway-identity'
const FIRST = 'spillway-first-offset'
const LAST = 'spillway-last-offset'
const COUNT = 'spillway-records'
const CONNECTOR = 'spillway-connector'

/** What an object of a chain says of itself in its metadata. */
export interface ObjectMark {
  /** See {@link ChainIdentity}. */
  readonly identity: string
  readonly connector: string
  readonly first: bigint
  readonly last: bigint
  readonly records: number
}

export function markMetadata(mark: ObjectMark): Record<string, string> {
  return {
    [IDENTITY]: mark.identity,
    [CONNECTOR]: encodeURIComponent(mark.connector),
    [FIRST]: mark.first.toString(),
    [LAST]: mark.last.toString(),
    [COUNT]: String(mark.records),
  }
}

/** The mark of an object; undefined where it bears none, or one that cannot be read. */
export function markOf({ metadata }: ObjectHead): ObjectMark | undefined {
  const identity = metadata[IDENTITY]
  const first = offsetOf(metadata[FIRST])
  const last = offsetOf(metadata[LAST])
  if (identity === undefined || first === undefined || last === undefined || last < first) return undefined
  const connector = decodeURIComponent(metadata[CONNECTOR] ?? '')
  return { identity, connector, first, last, records: Number(metadata[COUNT] ?? NaN) }
}

function offsetOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d{1,19}$/.test(text) ? BigInt(text) : undefined
}
