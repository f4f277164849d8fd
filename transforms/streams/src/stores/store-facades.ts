import { KeyValue } from '../core/record.ts'
import type { ValueAndTimestamp } from '../core/record.ts'
import type { KeyValueStore } from './key-value-store.ts'
import { MappedIterator } from './mapped-iterator.ts'
import type { TimestampedKeyValueStore, TimestampedWindowStore } from './timestamped-stores.ts'
import type { WindowStore } from './window-store.ts'
import type { Windowed } from '../windows/window.ts'

const valueOf = <V>(row: ValueAndTimestamp<V> | null): V | null => (row === null ? null : row.value)
const noTimestamp = -1

/** A table's rows without their timestamps. Corresponds to Java's `KeyValueStoreFacade`. */
export function plainKeyValueStore<K, V>(store: TimestampedKeyValueStore<K, V>): KeyValueStore<K, V> {
  const plain = (row: KeyValue<K, ValueAndTimestamp<V>>) => new KeyValue(row.key, row.value.value)
  const stamped = (value: V | null) => (value === null ? null : { value, timestamp: noTimestamp })
  return {
    name: store.name,
    persistent: store.persistent,
    get isOpen() {
      return store.isOpen
    },
    get: (key) => valueOf(store.get(key)),
    put: (key, value) => store.put(key, stamped(value)),
    putIfAbsent: (key, value) => valueOf(store.putIfAbsent(key, { value, timestamp: noTimestamp })),
    putAll: (entries) => {
      for (const { key, value } of entries) store.put(key, stamped(value))
    },
    delete: (key) => valueOf(store.delete(key)),
    range: (from, to) => new MappedIterator(store.range(from, to), plain),
    reverseRange: (from, to) => new MappedIterator(store.reverseRange(from, to), plain),
    prefixScan: (prefix, serializer) => new MappedIterator(store.prefixScan(prefix, serializer), plain),
    all: () => new MappedIterator(store.all(), plain),
    reverseAll: () => new MappedIterator(store.reverseAll(), plain),
    approximateNumEntries: () => store.approximateNumEntries(),
    flush: () => store.flush(),
    close: () => store.close(),
    restore: (records) => store.restore(records),
  }
}

/** A windowed table's rows without their timestamps. Corresponds to Java's `WindowStoreFacade`. */
export function plainWindowStore<K, V>(store: TimestampedWindowStore<K, V>): WindowStore<K, V> {
  const timed = (row: KeyValue<number, ValueAndTimestamp<V>>) => new KeyValue(row.key, row.value.value)
  const windowed = (row: KeyValue<Windowed<K>, ValueAndTimestamp<V>>) =>
    new KeyValue(row.key, row.value.value)
  const fetch = (...args: readonly unknown[]): unknown => {
    const [first, second, third, fourth] = args
    if (args.length === 2) return valueOf(store.get(first as K, second as number))
    if (args.length === 3)
      return new MappedIterator(store.fetch(first as K, second as number, third as number), timed)
    return new MappedIterator(
      store.fetch(first as K, second as K, third as number, fourth as number),
      windowed,
    )
  }
  const backwardFetch = (...args: readonly unknown[]): unknown => {
    const [first, second, third, fourth] = args
    if (args.length === 3) {
      return new MappedIterator(store.backwardFetch(first as K, second as number, third as number), timed)
    }
    return new MappedIterator(
      store.backwardFetch(first as K, second as K, third as number, fourth as number),
      windowed,
    )
  }
  return {
    name: store.name,
    persistent: store.persistent,
    get isOpen() {
      return store.isOpen
    },
    put: (key, value, start) =>
      store.put(key, value === null ? null : { value, timestamp: noTimestamp }, start),
    fetch: fetch as WindowStore<K, V>['fetch'],
    backwardFetch: backwardFetch as WindowStore<K, V>['backwardFetch'],
    fetchAll: (from, to) => new MappedIterator(store.fetchAll(from, to), windowed),
    backwardFetchAll: (from, to) => new MappedIterator(store.backwardFetchAll(from, to), windowed),
    all: () => new MappedIterator(store.all(), windowed),
    backwardAll: () => new MappedIterator(store.backwardAll(), windowed),
    flush: () => store.flush(),
    close: () => store.close(),
    restore: (records) => store.restore(records),
  }
}
