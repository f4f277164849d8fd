import type { Serde } from './serde.ts'

/** Base of options that give serdes. Null, as in Java, leaves the choice to what is upstream or to the defaults. */
export abstract class SerdeOptions<K, V> {
  keySerde: Serde<K> | null = null
  valueSerde: Serde<V> | null = null

  withKeySerde(serde: Serde<K> | null): this {
    this.keySerde = serde
    return this
  }

  withValueSerde(serde: Serde<V> | null): this {
    this.valueSerde = serde
    return this
  }
}

/** Base of options that also name what they are given to: part of topic names and of the topology's description. */
export abstract class NamedSerdeOptions<K, V> extends SerdeOptions<K, V> {
  name: string | null = null

  withName(name: string): this {
    this.name = name
    return this
  }
}
