import { projectValue, type Schema, SchemaProjectorError, type SinkRecord } from '@spillway/api'

/** `schema.compatibility` */
export const COMPATIBILITIES = ['NONE', 'BACKWARD', 'FORWARD', 'FULL'] as const
export type CompatibilityMode = (typeof COMPATIBILITIES)[number]

/** The mode that a text names; undefined where it names none, which Confluent's connectors take for `NONE`. */
export function compatibilityNamed(text: string): CompatibilityMode | undefined {
  return COMPATIBILITIES.find((mode) => mode === text.toUpperCase())
}

/** What a record's schema means for the open file it goes to. */
export type SchemaVerdict =
  /** It is the file's. */
  | 'same'
  /** Its values can be moved to the file's. */
  | 'project'
  /** The file is to be committed first. */
  | 'rotate'

const PROMOTABLE = ['INT8', 'INT16', 'INT32', 'INT64', 'FLOAT32', 'FLOAT64']
/** Parameters that say nothing of the values. */
const DESCRIPTIVE =
  /^(connect\.record\.(doc|aliases|namespace)|io\.confluent\.connect\.avro\.field\.doc\..*)$/
/** Parameters that list the symbols of an enum: a file may know more than a record has. */
const SYMBOLS = /^(io\.confluent\.connect\.avro\.Enum|org\.apache\.kafka\.connect\.data\.Enum)\./

/** Decides which records of other schemas may join a file (Java: `StorageSchemaCompatibility`). */
export class SchemaCompatibility {
  readonly #mode: CompatibilityMode
  readonly #verdicts = new WeakMap<Schema, WeakMap<Schema, SchemaVerdict>>()

  constructor(mode: CompatibilityMode) {
    this.#mode = mode
  }

  /** @throws {SchemaProjectorError} where a version is needed and missing. */
  judge(file: Schema | null, record: Schema | null): SchemaVerdict {
    if (file === record) return 'same'
    if (file === null || record === null) return 'rotate'
    let ofFile = this.#verdicts.get(file)
    if (ofFile === undefined) this.#verdicts.set(file, (ofFile = new WeakMap()))
    let verdict = ofFile.get(record)
    if (verdict === undefined) ofFile.set(record, (verdict = this.#decide(file, record)))
    return verdict
  }

  /** The record with its value under the file's schema. @throws {SchemaProjectorError} */
  project(record: SinkRecord, file: Schema): SinkRecord {
    const value = projectValue(record.valueSchema as Schema, record.value, file)
    return record.with({ valueSchema: file, value })
  }

  #decide(file: Schema, record: Schema): SchemaVerdict {
    if (record.equals(file)) return 'same'
    if (this.#mode === 'NONE') return 'rotate'
    if (file.version === undefined || record.version === undefined) {
      throw new SchemaProjectorError(
        `Schema version required for ${this.#mode} compatibility: use a converter with a schema registry, or set ` +
          'schema.compatibility=NONE.',
      )
    }
    const isBeyond = this.#mode === 'FORWARD' ? record.version < file.version : record.version > file.version
    return isBeyond || !fits(record, file) ? 'rotate' : 'project'
  }
}

/** Whether every value of one schema has a place in another. */
function fits(record: Schema, file: Schema): boolean {
  if (record.type !== file.type && !isPromotable(record, file)) return false
  if (record.name !== file.name || !parametersFit(record, file)) return false
  if (record.optional && !file.optional && file.defaultValue === undefined) return false
  switch (file.type) {
    case 'STRUCT':
      return file.fields.every((field) => {
        const source = record.field(field.name)
        if (source !== undefined) return fits(source.schema, field.schema)
        return field.schema.optional || field.schema.defaultValue !== undefined
      })
    case 'MAP':
      return fits(record.keySchema, file.keySchema) && fits(record.valueSchema, file.valueSchema)
    case 'ARRAY':
      return fits(record.valueSchema, file.valueSchema)
    default:
      return true
  }
}

function isPromotable(record: Schema, file: Schema): boolean {
  const from = PROMOTABLE.indexOf(record.type)
  return from >= 0 && from < PROMOTABLE.indexOf(file.type)
}

function parametersFit(record: Schema, file: Schema): boolean {
  const ofRecord = relevant(record)
  const ofFile = relevant(file)
  return (
    [...ofRecord].every(([key, value]) => ofFile.get(key) === value) &&
    [...ofFile.keys()].every((key) => ofRecord.has(key) || SYMBOLS.test(key))
  )
}

function relevant({ parameters = {} }: Schema): ReadonlyMap<string, string> {
  return new Map(Object.entries(parameters).filter(([key]) => !DESCRIPTIVE.test(key)))
}
