import { Headers, SchemaBuilder, SinkRecord } from '@spillway/api'

/** What reads records, and says what of them. */
export interface ReadsRecords {
  /** Puts into an example what is read of a record. Absent: validation shows no sample object keys. */
  exemplify?(example: ExampleRecord): void
}

/** Where an example stands in Kafka, and when. */
export interface ExamplePlace {
  readonly topic: string
  readonly timestamp: number
}

interface Fields {
  [name: string]: Fields | string | Date
}

const OFFSET = 0n

/**
 * A record made up of what partitioners and extractors say they read, for object names without real records: a text that
 * names what would stand there (`<country>`), or the time of the example.
 */
export class ExampleRecord {
  readonly #place: ExamplePlace
  readonly #fields: Readonly<Record<'key' | 'value', Fields>> = { key: fields(), value: fields() }
  readonly #headers = new Map<string, string | Date>()
  #schemaName: string | undefined
  #isWholeKeyRead = false
  #isComplete = true

  constructor(place: ExamplePlace) {
    this.#place = place
  }

  /** False where something reads records and does not say what. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Adds what a partitioner, an extractor or whatever wraps one reads. */
  add(reader: ReadsRecords): void {
    if (reader.exemplify === undefined) this.#isComplete = false
    else reader.exemplify(this)
  }

  /** A field that is read as a text; where it is read as a time too, it is one. */
  field(part: 'key' | 'value', path: readonly string[]): void {
    this.#put(part, path, `<${path.join('.')}>`)
  }

  /** A field that is read as a time. */
  timeField(path: readonly string[]): void {
    this.#put('value', path, new Date(this.#place.timestamp))
  }

  /** The key as a whole. */
  wholeKey(): void {
    this.#isWholeKeyRead = true
  }

  header(name: string): void {
    if (!this.#headers.has(name)) this.#headers.set(name, `<${name}>`)
  }

  timeHeader(name: string): void {
    this.#headers.set(name, new Date(this.#place.timestamp))
  }

  /** The name of the value's schema. */
  schemaName(): void {
    this.#schemaName = '<schema name>'
  }

  /** The record, with or without a value. */
  record(hasValue = true): SinkRecord {
    const { topic, timestamp } = this.#place
    return new SinkRecord({
      topic,
      kafkaPartition: 0,
      kafkaOffset: OFFSET,
      timestamp,
      timestampType: 'CreateTime',
      keySchema: null,
      key: this.#isWholeKeyRead ? '<key>' : this.#fields.key,
      valueSchema:
        this.#schemaName === undefined ? null : SchemaBuilder.struct().name(this.#schemaName).build(),
      value: hasValue ? this.#fields.value : null,
      headers: new Headers([...this.#headers].map(([key, value]) => ({ key, schema: null, value }))),
    })
  }

  #put(part: 'key' | 'value', path: readonly string[], value: string | Date): void {
    let at = this.#fields[part]
    for (const step of path.slice(0, -1)) {
      const inner = at[step]
      at = isFields(inner) ? inner : (at[step] = fields())
    }
    const last = path.at(-1) as string
    if (at[last] === undefined || value instanceof Date) at[last] = value
  }
}

/** Without a prototype: names of fields are the user's. */
function fields(): Fields {
  return Object.create(null) as Fields
}

function isFields(value: Fields | string | Date | undefined): value is Fields {
  return typeof value === 'object' && !(value instanceof Date)
}
