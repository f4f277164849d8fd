import { type Header, valueToString } from '@spillway/api'

/** What an envelope can hold of a record, in the order in which it does. */
export const ENVELOPE_FIELDS = [
  'key',
  'value',
  'headers',
  'topic',
  'partition',
  'offset',
  'timestamp',
] as const
export type EnvelopeField = (typeof ENVELOPE_FIELDS)[number]

/** How header values stand in an envelope: bytes as they are, everything else as its text. */
export type HeaderValues = 'text' | 'bytes'

/** A header's value for an envelope; null for null. */
export function headerValue({ schema, value }: Header, form: HeaderValues): string | Uint8Array | null {
  if (value === null || value === undefined) return null
  if (form === 'bytes')
    return value instanceof Uint8Array ? value : Buffer.from(valueToString(schema, value) ?? '')
  return valueToString(schema, value)
}
