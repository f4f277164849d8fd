import { NamedSerdeOptions } from '../core/options.ts'
import type { Serde } from '../core/serde.ts'
import type { StreamPartitioner } from '../core/functions.ts'
import type { AutoOffsetReset } from '../config/auto-offset-reset.ts'
import type { TimestampExtractor } from '../config/timestamp-extractors.ts'
import { countOf } from '../core/arguments.ts'
import { validateName } from '../core/names.ts'

/** Names a processor. Corresponds to Java's `Named`. */
export class Named {
  // A private field: a function, which has a name as well, must not pass for a Named.
  readonly #name: string

  private constructor(name: string) {
    validateName(name)
    this.#name = name
  }

  get name(): string {
    return this.#name
  }

  /** @throws TopologyException for characters a topic name could not have */
  static as(name: string): Named {
    return new Named(name)
  }
}

/** How a source topic is read. Corresponds to Java's `Consumed`. */
export class Consumed<K, V> extends NamedSerdeOptions<K, V> {
  timestampExtractor: TimestampExtractor<K, V> | null = null
  offsetReset: AutoOffsetReset | null = null

  static with<K, V>(
    keySerde: Serde<K> | null,
    valueSerde: Serde<V> | null,
    timestampExtractor: TimestampExtractor<K, V> | null = null,
    offsetReset: AutoOffsetReset | null = null,
  ): Consumed<K, V> {
    const consumed = new Consumed<K, V>()
    consumed.keySerde = keySerde
    consumed.valueSerde = valueSerde
    consumed.timestampExtractor = timestampExtractor
    consumed.offsetReset = offsetReset
    return consumed
  }

  static as<K, V>(name: string): Consumed<K, V> {
    return new Consumed<K, V>().withName(name)
  }

  withTimestampExtractor(extractor: TimestampExtractor<K, V>): this {
    this.timestampExtractor = extractor
    return this
  }

  withOffsetResetPolicy(reset: AutoOffsetReset): this {
    this.offsetReset = reset
    return this
  }
}

/** How records are written to a topic. Corresponds to Java's `Produced`. */
export class Produced<K, V> extends NamedSerdeOptions<K, V> {
  partitioner: StreamPartitioner<K, V> | null = null

  static with<K, V>(
    keySerde: Serde<K> | null,
    valueSerde: Serde<V> | null,
    partitioner: StreamPartitioner<K, V> | null = null,
  ): Produced<K, V> {
    const produced = new Produced<K, V>()
    produced.keySerde = keySerde
    produced.valueSerde = valueSerde
    produced.partitioner = partitioner
    return produced
  }

  static as<K, V>(name: string): Produced<K, V> {
    return new Produced<K, V>().withName(name)
  }

  static streamPartitioner<K, V>(partitioner: StreamPartitioner<K, V>): Produced<K, V> {
    return new Produced<K, V>().withStreamPartitioner(partitioner)
  }

  static keySerde<K, V>(serde: Serde<K>): Produced<K, V> {
    return new Produced<K, V>().withKeySerde(serde)
  }

  static valueSerde<K, V>(serde: Serde<V>): Produced<K, V> {
    return new Produced<K, V>().withValueSerde(serde)
  }

  withStreamPartitioner(partitioner: StreamPartitioner<K, V>): this {
    this.partitioner = partitioner
    return this
  }
}

/** Serdes and the repartition topic's name of a grouping. Corresponds to Java's `Grouped`. */
export class Grouped<K, V> extends NamedSerdeOptions<K, V> {
  static as<K, V>(name: string): Grouped<K, V> {
    return new Grouped<K, V>().withName(name)
  }

  static with<K, V>(
    keySerde: Serde<K> | null,
    valueSerde: Serde<V> | null,
    name: string | null = null,
  ): Grouped<K, V> {
    const grouped = new Grouped<K, V>()
    grouped.keySerde = keySerde
    grouped.valueSerde = valueSerde
    grouped.name = name
    return grouped
  }

  static keySerde<K, V>(serde: Serde<K>): Grouped<K, V> {
    return new Grouped<K, V>().withKeySerde(serde)
  }

  static valueSerde<K, V>(serde: Serde<V>): Grouped<K, V> {
    return new Grouped<K, V>().withValueSerde(serde)
  }
}

/** Options of an explicit repartition. Corresponds to Java's `Repartitioned`. */
export class Repartitioned<K, V> extends NamedSerdeOptions<K, V> {
  partitions: number | null = null
  partitioner: StreamPartitioner<K, V> | null = null

  static as<K, V>(name: string): Repartitioned<K, V> {
    return new Repartitioned<K, V>().withName(name)
  }

  static with<K, V>(keySerde: Serde<K> | null, valueSerde: Serde<V> | null): Repartitioned<K, V> {
    const repartitioned = new Repartitioned<K, V>()
    repartitioned.keySerde = keySerde
    repartitioned.valueSerde = valueSerde
    return repartitioned
  }

  static numberOfPartitions<K, V>(partitions: number): Repartitioned<K, V> {
    return new Repartitioned<K, V>().withNumberOfPartitions(partitions)
  }

  static streamPartitioner<K, V>(partitioner: StreamPartitioner<K, V>): Repartitioned<K, V> {
    return new Repartitioned<K, V>().withStreamPartitioner(partitioner)
  }

  withNumberOfPartitions(partitions: number): this {
    this.partitions = countOf(partitions, 'numberOfPartitions', 1)
    return this
  }

  withStreamPartitioner(partitioner: StreamPartitioner<K, V>): this {
    this.partitioner = partitioner
    return this
  }
}
