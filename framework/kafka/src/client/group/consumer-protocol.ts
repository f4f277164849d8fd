/**
 * The bytes a consumer group's members exchange through the coordinator (Java: `ConsumerProtocol`): the same in every
 * client, so that a group may mix them.
 */
import type { MemberAssignment, TopicPartition } from '@spillway/api'

/** What a member tells the leader when it joins. */
export interface MemberSubscription {
  readonly topics: readonly string[]
  readonly userData: Buffer | null
  /** Partitions it holds (cooperative protocols, subscription version 1 and later). */
  readonly owned: readonly TopicPartition[]
  /** Generation in which it got them, -1 where unknown (version 2 and later). */
  readonly generation: number
  readonly rack: string | null
}

/** Newest version of both formats; older and newer ones are read as well. */
const VERSION = 3

/** Encodes a subscription in version 3. */
export function encodeSubscription(subscription: MemberSubscription): Buffer {
  const writer = new ByteWriter()
  writer.int16(VERSION)
  writer.strings([...subscription.topics].sort())
  writer.bytes(subscription.userData)
  writer.partitions(subscription.owned)
  writer.int32(subscription.generation)
  writer.string(subscription.rack)
  return writer.done()
}

/** Decodes a subscription of any version. */
export function decodeSubscription(bytes: Buffer): MemberSubscription {
  const reader = new ByteReader(bytes)
  const version = reader.int16()
  return {
    topics: reader.strings(),
    userData: reader.bytes(),
    owned: version >= 1 ? reader.partitions() : [],
    generation: version >= 2 ? reader.int32() : -1,
    rack: version >= 3 ? reader.string() : null,
  }
}

/** Encodes what the leader assigns to one member, in version 3. */
export function encodeAssignment(partitions: readonly TopicPartition[], userData: Buffer | null): Buffer {
  const writer = new ByteWriter()
  writer.int16(VERSION)
  writer.partitions(partitions)
  writer.bytes(userData)
  return writer.done()
}

/** Decodes an assignment of any version. No bytes at all mean no partitions. */
export function decodeAssignment(bytes: Buffer): MemberAssignment {
  if (bytes.length === 0) return { partitions: [], userData: null }
  const reader = new ByteReader(bytes)
  reader.int16()
  return { partitions: reader.partitions(), userData: reader.bytes() }
}

/** User data of the eager sticky assignor: the partitions held and the generation they come from. */
export function encodeStickyUserData(owned: readonly TopicPartition[], generation: number): Buffer {
  const writer = new ByteWriter()
  writer.partitions(owned)
  writer.int32(generation)
  return writer.done()
}

/** Reads {@link encodeStickyUserData}; the generation is absent in its oldest version. */
export function decodeStickyUserData(bytes: Buffer): {
  readonly owned: readonly TopicPartition[]
  readonly generation: number
} {
  const reader = new ByteReader(bytes)
  const owned = reader.partitions()
  return { owned, generation: reader.remaining >= 4 ? reader.int32() : -1 }
}

/** User data of the cooperative sticky assignor: the generation alone. */
export function encodeGeneration(generation: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(generation)
  return bytes
}

/** Groups partitions by topic, both sorted. */
export function byTopic(partitions: readonly TopicPartition[]): Map<string, number[]> {
  const topics = new Map<string, number[]>()
  const sorted = [...partitions].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  )
  for (const { topic, partition } of sorted) {
    const list = topics.get(topic)
    if (list === undefined) topics.set(topic, [partition])
    else list.push(partition)
  }
  return topics
}

class ByteWriter {
  readonly #parts: Buffer[] = []

  int16(value: number): void {
    const bytes = Buffer.allocUnsafe(2)
    bytes.writeInt16BE(value)
    this.#parts.push(bytes)
  }

  int32(value: number): void {
    const bytes = Buffer.allocUnsafe(4)
    bytes.writeInt32BE(value)
    this.#parts.push(bytes)
  }

  string(value: string | null): void {
    if (value === null) {
      this.int16(-1)
      return
    }
    const bytes = Buffer.from(value)
    this.int16(bytes.length)
    this.#parts.push(bytes)
  }

  strings(values: readonly string[]): void {
    this.int32(values.length)
    for (const value of values) this.string(value)
  }

  bytes(value: Buffer | null): void {
    this.int32(value === null ? -1 : value.length)
    if (value !== null) this.#parts.push(value)
  }

  partitions(partitions: readonly TopicPartition[]): void {
    const topics = byTopic(partitions)
    this.int32(topics.size)
    for (const [topic, numbers] of topics) {
      this.string(topic)
      this.int32(numbers.length)
      for (const partition of numbers) this.int32(partition)
    }
  }

  done(): Buffer {
    return Buffer.concat(this.#parts)
  }
}

class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  int16(): number {
    this.#at += 2
    return this.#bytes.readInt16BE(this.#at - 2)
  }

  int32(): number {
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }

  string(): string | null {
    const length = this.int16()
    if (length < 0) return null
    this.#at += length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  strings(): string[] {
    return Array.from({ length: this.int32() }, () => this.string() ?? '')
  }

  bytes(): Buffer | null {
    const length = this.int32()
    if (length < 0) return null
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  partitions(): TopicPartition[] {
    const partitions: TopicPartition[] = []
    for (let topics = this.int32(); topics > 0; topics--) {
      const topic = this.string() ?? ''
      for (let count = this.int32(); count > 0; count--) partitions.push({ topic, partition: this.int32() })
    }
    return partitions
  }
}
