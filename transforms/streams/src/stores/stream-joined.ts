import { NamedSerdeOptions } from '../core/options.ts'
import type { Serde } from '../core/serde.ts'
import type { WindowStoreSupplier } from './store-suppliers.ts'

/** Options of a stream-stream join. Corresponds to Java's `StreamJoined`. */
export class StreamJoined<K, V, VO> extends NamedSerdeOptions<K, V> {
  otherValueSerde: Serde<VO> | null = null
  storeName: string | null = null
  thisStoreSupplier: WindowStoreSupplier | null = null
  otherStoreSupplier: WindowStoreSupplier | null = null
  loggingEnabled = true
  logConfig: Readonly<Record<string, string>> = {}

  static with<K, V, VO>(
    keySerde: Serde<K> | null,
    valueSerde: Serde<V> | null,
    otherValueSerde: Serde<VO> | null,
  ): StreamJoined<K, V, VO> {
    const joined = new StreamJoined<K, V, VO>()
    joined.keySerde = keySerde
    joined.valueSerde = valueSerde
    joined.otherValueSerde = otherValueSerde
    return joined
  }

  /** Base name of the stores. */
  static as<K, V, VO>(storeName: string): StreamJoined<K, V, VO> {
    return new StreamJoined<K, V, VO>().withStoreName(storeName)
  }

  withStoreName(storeName: string): this {
    this.storeName = storeName
    return this
  }

  withOtherValueSerde(serde: Serde<VO>): this {
    this.otherValueSerde = serde
    return this
  }

  withThisStoreSupplier(supplier: WindowStoreSupplier): this {
    this.thisStoreSupplier = supplier
    return this
  }

  withOtherStoreSupplier(supplier: WindowStoreSupplier): this {
    this.otherStoreSupplier = supplier
    return this
  }

  withLoggingEnabled(config: Readonly<Record<string, string>> = {}): this {
    this.loggingEnabled = true
    this.logConfig = config
    return this
  }

  withLoggingDisabled(): this {
    this.loggingEnabled = false
    return this
  }
}
