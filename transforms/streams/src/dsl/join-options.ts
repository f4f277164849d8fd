import { durationOf } from '../core/arguments.ts'
import type { StreamPartitioner } from '../core/functions.ts'
import type { Serde } from '../core/serde.ts'

/** Options of a stream-table join. Corresponds to Java's `Joined`. */
export class Joined<K, V, VO> {
  keySerde: Serde<K> | null = null
  leftValueSerde: Serde<V> | null = null
  rightValueSerde: Serde<VO> | null = null
  name: string | null = null
  gracePeriodMs: number | null = null

  static with<K, V, VO>(
    keySerde: Serde<K> | null,
    leftValueSerde: Serde<V> | null,
    rightValueSerde: Serde<VO> | null,
    name: string | null = null,
    gracePeriodMs: number | null = null,
  ): Joined<K, V, VO> {
    const joined = new Joined<K, V, VO>()
    joined.keySerde = keySerde
    joined.leftValueSerde = leftValueSerde
    joined.rightValueSerde = rightValueSerde
    joined.name = name
    if (gracePeriodMs !== null) joined.withGracePeriod(gracePeriodMs)
    return joined
  }

  static as<K, V, VO>(name: string): Joined<K, V, VO> {
    return new Joined<K, V, VO>().withName(name)
  }

  static keySerde<K, V, VO>(serde: Serde<K>): Joined<K, V, VO> {
    return new Joined<K, V, VO>().withKeySerde(serde)
  }

  static valueSerde<K, V, VO>(serde: Serde<V>): Joined<K, V, VO> {
    return new Joined<K, V, VO>().withValueSerde(serde)
  }

  static otherValueSerde<K, V, VO>(serde: Serde<VO>): Joined<K, V, VO> {
    return new Joined<K, V, VO>().withOtherValueSerde(serde)
  }

  withKeySerde(serde: Serde<K>): this {
    this.keySerde = serde
    return this
  }

  /** Serde of the stream's values. */
  withValueSerde(serde: Serde<V>): this {
    this.leftValueSerde = serde
    return this
  }

  withOtherValueSerde(serde: Serde<VO>): this {
    this.rightValueSerde = serde
    return this
  }

  withName(name: string): this {
    this.name = name
    return this
  }

  /** Stream records wait that long (event time) for the versioned table. */
  withGracePeriod(gracePeriodMs: number): this {
    this.gracePeriodMs = durationOf(gracePeriodMs, 'grace period')
    return this
  }
}

/** Options of a foreign-key join. Corresponds to Java's `TableJoined`. */
export class TableJoined<K, KO> {
  partitioner: StreamPartitioner<K, unknown> | null = null
  otherPartitioner: StreamPartitioner<KO, unknown> | null = null
  name: string | null = null

  static with<K, KO>(
    partitioner: StreamPartitioner<K, unknown> | null,
    otherPartitioner: StreamPartitioner<KO, unknown> | null,
  ): TableJoined<K, KO> {
    const joined = new TableJoined<K, KO>()
    joined.partitioner = partitioner
    joined.otherPartitioner = otherPartitioner
    return joined
  }

  static as<K, KO>(name: string): TableJoined<K, KO> {
    return new TableJoined<K, KO>().withName(name)
  }

  withPartitioner(partitioner: StreamPartitioner<K, unknown>): this {
    this.partitioner = partitioner
    return this
  }

  withOtherPartitioner(partitioner: StreamPartitioner<KO, unknown>): this {
    this.otherPartitioner = partitioner
    return this
  }

  withName(name: string): this {
    this.name = name
    return this
  }
}
