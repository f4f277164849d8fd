import { DataError } from '@spillway/api'

/** Which message of its schema a payload is: the index in the file, then within the message found, and so on. */
export interface MessageIndexes {
  readonly indexes: readonly number[]
  /** Bytes they take. */
  readonly size: number
}

const FIRST_MESSAGE: readonly number[] = [0]
const MOST_INDEXES = 100

/** Reads the indexes before a payload; a single 0 stands for the first message. @throws {DataError} */
export function readMessageIndexes(bytes: Buffer): MessageIndexes {
  let at = 0
  const varint = (): number => {
    let result = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined) throw new DataError('the message ends within its message indexes')
      result |= (byte & 0x7f) << shift
      if (byte < 0x80) return (result >>> 1) ^ -(result & 1)
    }
    throw new DataError('a message index takes more than 5 bytes')
  }
  const count = varint()
  if (count === 0) return { indexes: FIRST_MESSAGE, size: at }
  if (count < 0 || count > MOST_INDEXES) throw new DataError(`the message names ${count} message indexes`)
  const indexes: number[] = []
  for (let i = 0; i < count; i++) indexes.push(varint())
  return { indexes, size: at }
}

/** The bytes of the indexes; the first message is a single 0. */
export function writeMessageIndexes(indexes: readonly number[]): Buffer {
  if (indexes.length === 1 && indexes[0] === 0) return Buffer.from([0])
  const bytes: number[] = []
  for (const value of [indexes.length, ...indexes]) {
    let rest = value * 2
    for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
    bytes.push(rest)
  }
  return Buffer.from(bytes)
}
