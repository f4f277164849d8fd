import type { ValueAndTimestamp } from '../core/record.ts'
import type { Serde } from '../core/serde.ts'
import type { KeyValueByteStore, WindowByteStore } from '../state/store.ts'
import { SerdeKeyValueStore } from './key-value-store.ts'
import { timestampedCodec } from './value-codec.ts'
import { SerdeWindowStore } from './window-store.ts'

/** Rows with the timestamp of their last change: what tables are stored in. Corresponds to `TimestampedKeyValueStore`. */
export class TimestampedKeyValueStore<K, V> extends SerdeKeyValueStore<K, ValueAndTimestamp<V>> {
  constructor(bytes: KeyValueByteStore, keys: Serde<K>, values: Serde<V>, topic: string) {
    super(bytes, keys, timestampedCodec(values, topic), topic)
  }
}

/** Corresponds to Java's `TimestampedWindowStore`: what windowed aggregations are stored in. */
export class TimestampedWindowStore<K, V> extends SerdeWindowStore<K, ValueAndTimestamp<V>> {
  constructor(bytes: WindowByteStore, keys: Serde<K>, values: Serde<V>, topic: string, windowSizeMs: number) {
    super(bytes, keys, timestampedCodec(values, topic), topic, windowSizeMs)
  }
}
