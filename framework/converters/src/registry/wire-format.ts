import { DataError, type RawHeader } from '@spillway/api'
import { describeBytes } from '../describe-bytes.ts'

/** Which schema bytes were written with, and where the payload begins (Java: `SchemaId`). */
export interface FramedMessage {
  readonly id: number | undefined
  readonly guid: string | undefined
  /** What stands between the id and the payload; for Protobuf it begins with the message indexes. */
  readonly payload: Buffer
  /** What follows the id in the header, where the id came in one: Protobuf's message indexes. */
  readonly headerRest: Buffer | undefined
}

const ID_MAGIC = 0
const GUID_MAGIC = 1
const GUID_BYTES = 16

/**
 * Takes Confluent's wire format apart: the id in a header first, then in front of the payload.
 *
 * @throws {DataError} for bytes framed in no such way.
 */
export function unframe(bytes: Buffer, headers: readonly RawHeader[], isKey: boolean): FramedMessage {
  if (headers.length > 0) {
    const name = isKey ? '__key_schema_id' : '__value_schema_id'
    const header = headers.findLast((candidate) => candidate.key === name)?.value
    const fromHeader = header ? readPrefix(header) : undefined
    if (fromHeader !== undefined) {
      return { id: fromHeader.id, guid: fromHeader.guid, payload: bytes, headerRest: fromHeader.payload }
    }
  }
  const framed = readPrefix(bytes)
  if (framed === undefined) throw unknownMagic(bytes)
  return framed
}

function readPrefix(bytes: Buffer): FramedMessage | undefined {
  if (bytes.length >= 5 && bytes[0] === ID_MAGIC) {
    return { id: bytes.readInt32BE(1), guid: undefined, payload: bytes.subarray(5), headerRest: undefined }
  }
  if (bytes.length > GUID_BYTES && bytes[0] === GUID_MAGIC) {
    const hex = bytes.toString('hex', 1, GUID_BYTES + 1)
    const guid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    return { id: undefined, guid, payload: bytes.subarray(GUID_BYTES + 1), headerRest: undefined }
  }
  return undefined
}

function unknownMagic(bytes: Buffer): DataError {
  const looks = describeBytes(bytes)
  const remedy = looks.startsWith('text')
    ? ': use org.apache.kafka.connect.json.JsonConverter or org.apache.kafka.connect.storage.StringConverter'
    : ''
  return new DataError(`Unknown magic byte! The message looks like ${looks}${remedy}.`)
}

/** The payload behind the magic byte, the id and, for Protobuf, the message indexes. */
export function frame(id: number, payload: Uint8Array, indexes?: Uint8Array): Buffer {
  const prefix = Buffer.allocUnsafe(5)
  prefix[0] = ID_MAGIC
  prefix.writeInt32BE(id, 1)
  return Buffer.concat(indexes === undefined ? [prefix, payload] : [prefix, indexes, payload])
}
