import { StreamsException } from '../core/errors.ts'
import { checkedSerde } from '../core/serde.ts'
import type { DefaultingDeserializer, DefaultingSerializer, Serde } from '../core/serde.ts'
import { Change } from '../core/change.ts'

/** Java's flags of what a change record holds. */
const onlyOld = 0
const onlyNew = 1
const both = 2

/** Java's zigzag varint of a non-negative length. */
function varint(length: number): readonly number[] {
  const out: number[] = []
  let value = length * 2
  while (value >= 0x80) {
    out.push((value & 0x7f) | 0x80)
    value = Math.floor(value / 0x80)
  }
  out.push(value)
  return out
}

function readVarint(data: Uint8Array): { readonly length: number; readonly next: number } {
  let value = 0
  let scale = 1
  let at = 0
  for (;;) {
    const byte = data[at++] as number
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return { length: value / 2, next: at }
    scale *= 0x80
  }
}

/**
 * Java's `ChangedSerializer`: the values, then a flag byte; with both, the new value's length comes first.
 * Without a serde for the values the configured default is put in when a task starts.
 */
export function changeSerde(values: Serde<unknown> | null): Serde<unknown> & {
  readonly serializer: DefaultingSerializer
  readonly deserializer: DefaultingDeserializer
} {
  const checked = values === null ? null : checkedSerde(values)
  const inner = (): Serde<unknown> => {
    if (checked === null) {
      throw new StreamsException(
        'Please specify a value serde for the grouped table, for example by Grouped.with',
      )
    }
    return checked
  }
  return {
    serializer: {
      withDefault: (fallback) => changeSerde(values ?? fallback).serializer,
      serialize: (topic, headers, data) => {
        if (data === null) return null
        const { oldValue, newValue } = data as Change<unknown>
        const fresh = newValue === null ? null : inner().serializer.serialize(topic, headers, newValue)
        const old = oldValue === null ? null : inner().serializer.serialize(topic, headers, oldValue)
        if (fresh !== null && old !== null)
          return Uint8Array.of(...varint(fresh.length), ...fresh, ...old, both)
        if (fresh !== null) return Uint8Array.of(...fresh, onlyNew)
        if (old !== null) return Uint8Array.of(...old, onlyOld)
        throw new StreamsException(
          'Both old and new values are null in ChangeSerializer, which is not allowed.',
        )
      },
    },
    deserializer: {
      withDefault: (fallback) => changeSerde(values ?? fallback).deserializer,
      deserialize: (topic, headers, data) => {
        if (data === null) return null
        const read = (from: number, to: number) =>
          inner().deserializer.deserialize(topic, headers, data.subarray(from, to))
        const end = data.length - 1
        switch (data[end]) {
          case onlyOld:
            return new Change(null, read(0, end), true)
          case onlyNew:
            return new Change(read(0, end), null, true)
          case both: {
            const { length, next } = readVarint(data)
            return new Change(read(next, next + length), read(next + length, end), true)
          }
          default:
            throw new StreamsException(`Encountered unknown byte value \`${data[end]}\` for oldNewFlag`)
        }
      },
    },
  }
}
