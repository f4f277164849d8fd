import { isStruct, type SinkRecord, type Struct } from '@spillway/api'

const PER_RECORD = 64
const PER_VALUE = 8
const PER_NESTED = 64

/** About how many bytes a record takes: enough to bound what waits, cheap enough to ask of every record. */
export function recordBytes(record: SinkRecord): number {
  if (record.valueText !== null) return PER_RECORD + record.valueText.length
  return PER_RECORD + valueBytes(record.key) + valueBytes(record.value)
}

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (value instanceof Uint8Array) return value.byteLength
  if (isStruct(value)) {
    const struct = value as unknown as Struct
    let bytes = 0
    for (let i = 0; i < struct.schema.fields.length; i++) bytes += memberBytes(struct.at(i))
    return bytes
  }
  if (typeof value === 'object' && value !== null) {
    let bytes = 0
    for (const member of Object.values(value)) bytes += memberBytes(member)
    return bytes
  }
  return PER_VALUE
}

function memberBytes(value: unknown): number {
  if (typeof value === 'string') return PER_VALUE + value.length
  if (value instanceof Uint8Array) return PER_VALUE + value.byteLength
  return typeof value === 'object' && value !== null ? PER_NESTED : PER_VALUE
}
