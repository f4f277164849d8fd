import { isUtf8 } from 'node:buffer'

/** How the bytes of well-known formats begin, most telling first. */
const SIGNATURES: readonly { readonly bytes: readonly number[]; readonly meaning: string }[] = [
  { bytes: [0x1f, 0x8b], meaning: 'gzip compressed data' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], meaning: 'zstd compressed data' },
  { bytes: [0x04, 0x22, 0x4d, 0x18], meaning: 'lz4 compressed data' },
  { bytes: [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59], meaning: 'snappy compressed data' },
  { bytes: [0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50], meaning: 'snappy compressed data' },
  { bytes: [0x50, 0x4b, 0x03, 0x04], meaning: 'a zip archive' },
  { bytes: [0x4f, 0x62, 0x6a, 0x01], meaning: 'an Avro container file' },
  { bytes: [0x50, 0x41, 0x52, 0x31], meaning: 'a Parquet file' },
  { bytes: [0xac, 0xed, 0x00, 0x05], meaning: 'a serialized Java object' },
  { bytes: [0xfe, 0xff], meaning: 'UTF-16 text' },
  { bytes: [0xff, 0xfe], meaning: 'UTF-16 text' },
]

const REGISTRY_CONVERTERS =
  'io.confluent.connect.avro.AvroConverter, io.confluent.connect.json.JsonSchemaConverter or ' +
  'io.confluent.connect.protobuf.ProtobufConverter'

/**
 * What bytes look like, for the message of a converter that cannot read them. Says nothing of the content itself,
 * which may be private.
 */
export function describeBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'nothing: it is empty'
  const schemaId = confluentSchemaId(bytes)
  if (schemaId !== undefined) {
    return `Confluent wire format, schema id ${schemaId}: use ${REGISTRY_CONVERTERS}, whichever the producer used`
  }
  for (const { bytes: start, meaning } of SIGNATURES) {
    if (start.every((byte, i) => bytes[i] === byte)) return meaning
  }
  if (bytes[0] === 0x01 && bytes.length > 17) {
    return `possibly Confluent wire format with a schema GUID: use ${REGISTRY_CONVERTERS}`
  }
  if (bytes[0] === 0x3c) return 'XML or HTML text'
  if (isText(bytes)) return `text of ${bytes.length} bytes`
  const head = Buffer.from(bytes.subarray(0, 4)).toString('hex')
  return `binary data of ${bytes.length} bytes that begins with 0x${head}`
}

/** The schema id where bytes are framed as a registry's serializers do: 0x00, then the id in four bytes. */
export function confluentSchemaId(bytes: Uint8Array): number | undefined {
  if (bytes.length < 5 || bytes[0] !== 0) return undefined
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(1)
}

function isText(bytes: Uint8Array): boolean {
  return (
    isUtf8(bytes) &&
    bytes.subarray(0, 256).every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d)
  )
}
