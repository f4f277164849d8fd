import { durationOf } from '../core/arguments.ts'
import { StreamsException } from '../core/errors.ts'
import { checkedSerde, readInt64, writeInt64 } from '../core/serde.ts'
import type {
  DefaultingDeserializer,
  DefaultingSerializer,
  Serde,
  WindowedSerializer,
} from '../core/serde.ts'
import { Window, Windowed, endOfTime } from './window.ts'

/** How the window of a key is written behind the key. */
interface WindowFormat {
  readonly length: number
  readonly write: (window: Window, out: Uint8Array, at: number) => void
  readonly read: (data: Uint8Array, at: number) => Window
}

const sessionFormat: WindowFormat = {
  length: 16,
  write: (window, out, at) => {
    writeInt64(out, at, window.end)
    writeInt64(out, at + 8, window.start)
  },
  read: (data, at) => new Window(readInt64(data, at + 8), readInt64(data, at)),
}

function timeFormat(windowSizeMs: number): WindowFormat {
  return {
    length: 8,
    write: (window, out, at) => writeInt64(out, at, window.start),
    read: (data, at) => {
      const start = readInt64(data, at)
      return new Window(start, Math.min(start + windowSizeMs, endOfTime))
    },
  }
}

/** Where the serde of the inner key is not given, the configured default is put in when a task starts. */
function windowed(given: Serde<unknown> | null, format: WindowFormat): Serde<unknown> {
  const settledSerde = given === null ? null : checkedSerde(given)
  const inner = (): Serde<unknown> => {
    if (settledSerde === null)
      throw new StreamsException('Please specify the serde of windowed keys, or config "default.key.serde"')
    return settledSerde
  }
  const serializer: WindowedSerializer<unknown> & DefaultingSerializer = {
    withDefault: (fallback) => windowed(given ?? fallback, format).serializer,
    serialize: (topic, headers, data) => {
      if (data === null || data === undefined) return null
      const { key, window } = data as Windowed<unknown>
      const plain = inner().serializer.serialize(topic, headers, key) ?? new Uint8Array(0)
      const out = new Uint8Array(plain.length + format.length)
      out.set(plain)
      format.write(window, out, plain.length)
      return out
    },
    serializeBaseKey: (topic, headers, data) =>
      inner().serializer.serialize(topic, headers, (data as Windowed<unknown>).key),
  }
  const deserializer: DefaultingDeserializer = {
    withDefault: (fallback) => windowed(given ?? fallback, format).deserializer,
    deserialize: (topic, headers, data) => {
      if (data === null) return null
      const split = data.length - format.length
      const key = inner().deserializer.deserialize(topic, headers, data.subarray(0, split))
      return new Windowed(key, format.read(data, split))
    },
  }
  return { serializer, deserializer }
}

/** Serdes of windowed keys in Java's formats. Corresponds to Java's `WindowedSerdes`. */
export const WindowedSerdes = {
  /** Key bytes + int64 start; the window's end is start + size. */
  timeWindowed: <K>(inner: Serde<K> | null, windowSizeMs: number): Serde<Windowed<K>> =>
    windowed(inner as Serde<unknown> | null, timeFormat(durationOf(windowSizeMs, 'window size'))) as Serde<
      Windowed<K>
    >,
  /** Key bytes + int64 end + int64 start. */
  sessionWindowed: <K>(inner: Serde<K> | null): Serde<Windowed<K>> =>
    windowed(inner as Serde<unknown> | null, sessionFormat) as Serde<Windowed<K>>,
} as const
