import type { Schema } from '@spillway/api'

/** A key or a value as an object holds it. */
export interface EnvelopePart {
  readonly schema: Schema | null
  readonly value: unknown
  /** Its own text, where it was read from JSON. */
  readonly text?: Buffer
}

/** A whole record, read back from an object. */
export interface EnvelopeRow {
  readonly key: EnvelopePart
  readonly value: EnvelopePart
  readonly headers: readonly { readonly key: string; readonly value: string | Uint8Array | null }[]
  /** Undefined where the envelope does not hold it. */
  readonly partition: number | undefined
  /** Milliseconds since the epoch; null where the record had none. */
  readonly timestamp: number | null
}

export const NO_PART: EnvelopePart = { schema: null, value: null }
