import type { Schema, SinkRecord } from '@spillway/api'

/** Lines of one task; topics without end have schemas without end. */
const MOST_LINES = 100
/** Fields that one line names. */
const MOST_FIELDS = 10

/**
 * Logs, once per pair of schemas and task, which fields of records are lost in the projection to their file's schema,
 * and of which record first. `schema.compatibility` wants it so, but the readers of the files must not be the first to
 * notice.
 */
export class ProjectionNotices {
  readonly #warn: (line: string) => void
  readonly #seen = new WeakMap<Schema, WeakSet<Schema>>()
  /** Equal schemas may come as objects of their own with every record. */
  readonly #told = new Set<string>()

  constructor(warn: (line: string) => void) {
    this.#warn = warn
  }

  /** @param dropped asked for the fields that go, for each pair once. */
  projected(
    record: SinkRecord,
    file: Schema,
    dropped: (record: Schema, file: Schema) => readonly string[],
  ): void {
    const schema = record.valueSchema as Schema
    let ofFile = this.#seen.get(file)
    if (ofFile === undefined) this.#seen.set(file, (ofFile = new WeakSet()))
    if (ofFile.has(schema)) return
    ofFile.add(schema)
    const fields = dropped(schema, file)
    if (fields.length > 0) this.#tell(record, schema, file, fields)
  }

  #tell(record: SinkRecord, schema: Schema, file: Schema, fields: readonly string[]): void {
    const what = `${described(schema)} has ${listed(fields)}, which ${described(file)} of its file lacks`
    const key = `${record.originalTopic}\n${what}`
    if (this.#told.has(key) || this.#told.size >= MOST_LINES) return
    this.#told.add(key)
    this.#warn(
      `Record ${record.coordinates}: ${what}: left out from here on, as schema.compatibility asks for. ` +
        'schema.compatibility=NONE writes every field, schema.max.open.versions keeps such files from being small.',
    )
    if (this.#told.size === MOST_LINES) {
      this.#warn(
        `More fields that schema.compatibility leaves out are not told: ${MOST_LINES} lines are enough.`,
      )
    }
  }
}

function described({ name, version }: Schema): string {
  return `${name ?? 'the schema'}${version === undefined ? '' : ` version ${version}`}`
}

function listed(fields: readonly string[]): string {
  const shown = fields.slice(0, MOST_FIELDS).join(', ')
  return fields.length > MOST_FIELDS ? `${shown} and ${fields.length - MOST_FIELDS} more` : shown
}
