import { SerializationException } from '../core/errors.ts'
import { readInt32, writeInt32 } from '../core/serde.ts'
import type { Serde } from '../core/serde.ts'

/** What a left row asks the right side to do. The numbers are Java's. */
export const Instruction = {
  deleteKeyNoPropagate: 0,
  deleteKeyAndPropagate: 1,
  propagateNullIfNoValue: 2,
  propagateOnlyIfValue: 3,
} as const
export type Instruction = (typeof Instruction)[keyof typeof Instruction]

/** A left row's subscription to a right row. Corresponds to Java's `SubscriptionWrapper`. */
export interface Subscription {
  /** Of the left value when it subscribed: a response to an older value is not used. Null for a deleted one. */
  readonly hash: Uint8Array | null
  readonly instruction: Instruction
  readonly primaryKey: unknown
  readonly primaryPartition: number
}

/** The right row, sent back to a left row. Corresponds to Java's `SubscriptionResponseWrapper`. */
export interface SubscriptionResponse {
  readonly hash: Uint8Array | null
  readonly foreignValue: unknown
  readonly primaryPartition: number | null
}

const subscriptionVersion = 1
const responseVersion = 0
const noHash = 0x80
const hashLength = 16

/** Java's format: version and hash flag, instruction, hash, primary key, primary partition. */
export function subscriptionSerde(keys: () => Serde<unknown>): Serde<Subscription> {
  return {
    serializer: {
      serialize: (topic, headers, data) => {
        if (data === null) return null
        const key = keys().serializer.serialize(topic, headers, data.primaryKey) ?? new Uint8Array(0)
        const keyAt = 2 + (data.hash?.length ?? 0)
        const out = new Uint8Array(keyAt + key.length + 4)
        out[0] = data.hash === null ? subscriptionVersion | noHash : subscriptionVersion
        out[1] = data.instruction
        if (data.hash !== null) out.set(data.hash, 2)
        out.set(key, keyAt)
        writeInt32(out, keyAt + key.length, data.primaryPartition)
        return out
      },
    },
    deserializer: {
      deserialize: (topic, headers, data) => {
        if (data === null) return null
        const first = data[0] as number
        if ((first & 0x7f) > subscriptionVersion) {
          throw new SerializationException('SubscriptionWrapper is of an incompatible version.')
        }
        const keyAt = (first & noHash) === 0 ? 2 + hashLength : 2
        const hash = keyAt === 2 ? null : data.slice(2, keyAt)
        const keyEnd = data.length - 4
        const primaryKey = keys().deserializer.deserialize(topic, headers, data.subarray(keyAt, keyEnd))
        return {
          hash,
          instruction: data[1] as Instruction,
          primaryKey,
          primaryPartition: readInt32(data, keyEnd),
        }
      },
    },
  }
}

/** Java's format: version and hash flag, hash, value. */
export function subscriptionResponseSerde(values: () => Serde<unknown>): Serde<SubscriptionResponse> {
  return {
    serializer: {
      serialize: (topic, headers, data) => {
        if (data === null) return null
        const { hash, foreignValue } = data
        const value =
          foreignValue === null || foreignValue === undefined
            ? null
            : values().serializer.serialize(topic, headers, foreignValue)
        const valueAt = 1 + (hash?.length ?? 0)
        const out = new Uint8Array(valueAt + (value?.length ?? 0))
        out[0] = hash === null ? responseVersion | noHash : responseVersion
        if (hash !== null) out.set(hash, 1)
        if (value !== null) out.set(value, valueAt)
        return out
      },
    },
    deserializer: {
      deserialize: (topic, headers, data) => {
        if (data === null) return null
        const valueAt = ((data[0] as number) & noHash) === 0 ? 1 + hashLength : 1
        const hash = valueAt === 1 ? null : data.slice(1, valueAt)
        const foreignValue =
          data.length === valueAt
            ? null
            : values().deserializer.deserialize(topic, headers, data.subarray(valueAt))
        return { hash, foreignValue, primaryPartition: null }
      },
    },
  }
}

/** Keys of the subscription store: int32 length + foreign key + primary key, so that all subscribers of a row are together. */
export const combinedKeys = {
  prefix: (foreignKey: Uint8Array): Uint8Array => {
    const out = new Uint8Array(4 + foreignKey.length)
    writeInt32(out, 0, foreignKey.length)
    out.set(foreignKey, 4)
    return out
  },
  join: (foreignKey: Uint8Array, primaryKey: Uint8Array): Uint8Array => {
    const prefix = combinedKeys.prefix(foreignKey)
    const out = new Uint8Array(prefix.length + primaryKey.length)
    out.set(prefix)
    out.set(primaryKey, prefix.length)
    return out
  },
  primaryKey: (combined: Uint8Array): Uint8Array => combined.subarray(4 + readInt32(combined, 0)),
} as const
