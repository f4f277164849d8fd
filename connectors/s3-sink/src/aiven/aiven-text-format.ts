import { DataError, type Header, type Schema, type SinkRecord } from '@spillway/api'
import { type FileBuffer, type FinishedFile, type Format, PartTexts } from '@spillway/object-store'
import type { OutputField } from './aiven-output-fields.ts'

/** How the text of one record, and that of a file around them, is made. */
interface TextLayout {
  readonly contentType: string
  line(record: SinkRecord): string | Buffer
  readonly before: string
  readonly between: string
  readonly after: string
}

const TEXTS = new PartTexts({ numericDecimals: false, replaceNullWithDefault: true })
/** The order in which Aiven's connector, that keeps them in a HashMap of Java, writes the members of an object. */
const MEMBER_ORDER: readonly OutputField[] = ['headers', 'offset', 'value', 'key', 'timestamp']

/** `format.output.type` csv, json and jsonl: records with something between them, and nothing after the last. */
export class AivenTextFormat implements Format {
  /** The template of names says how they end. */
  readonly extension = ''
  readonly contentType: string
  readonly #layout: TextLayout
  readonly #between: Buffer

  constructor(layout: TextLayout) {
    this.#layout = layout
    this.contentType = layout.contentType
    this.#between = Buffer.from(layout.between)
  }

  append(record: SinkRecord, file: FileBuffer): void {
    const line = this.#layout.line(record)
    file.append(typeof line === 'string' ? Buffer.from(line) : line, this.#between)
  }

  /** What was spilled without what stands after the last record. */
  async *encode({ spilled }: FinishedFile): AsyncIterable<Uint8Array> {
    const { before, after } = this.#layout
    if (before !== '') yield Buffer.from(before)
    const cut = this.#between.length
    let held: Buffer = Buffer.alloc(0)
    for await (const piece of spilled.read()) {
      const bytes = held.length === 0 ? piece : Buffer.concat([held, piece])
      const end = Math.max(0, bytes.length - cut)
      if (end > 0) yield bytes.subarray(0, end)
      held = Buffer.from(bytes.subarray(end))
    }
    if (after !== '') yield Buffer.from(after)
  }
}

/** Objects with the fields as members, or bare fields; `json` is an array of them, `jsonl` one per line. */
export function aivenJson(fields: readonly OutputField[], envelope: boolean, type: 'json' | 'jsonl'): Format {
  const members = MEMBER_ORDER.filter((field) => fields.includes(field))
  const [only] = members
  const line = (record: SinkRecord): string =>
    envelope || only === undefined
      ? `{${members.map((field) => `"${field}":${memberText(field, record)}`).join(',')}}`
      : memberText(only, record)
  return new AivenTextFormat(
    type === 'json'
      ? { contentType: 'application/json', line, before: '[\n', between: ',\n', after: '\n]' }
      : { contentType: 'application/x-ndjson', line, before: '', between: '\n', after: '' },
  )
}

function memberText(field: OutputField, record: SinkRecord): string {
  switch (field) {
    case 'key':
      return TEXTS.text(record.keySchema, record.key)
    case 'value':
      return TEXTS.valueText(record)
    case 'offset':
      return record.kafkaOffset.toString()
    case 'timestamp':
      return record.timestamp === null ? 'null' : `"${isoInstant(record.timestamp)}"`
    case 'headers': {
      const items = [...record.headers].map(
        ({ key, schema, value }) => `{"key":${JSON.stringify(key)},"value":${TEXTS.text(schema, value)}}`,
      )
      return `[${items.join(',')}]`
    }
  }
}

/** As Java's `ISO_INSTANT` writes it: no fraction where it is zero. */
function isoInstant(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}

/** Fields with commas between them, in the order of the configuration. */
export function aivenCsv(fields: readonly OutputField[], valueEncoding: 'base64' | 'none'): Format {
  const column = (field: OutputField, record: SinkRecord): string | Uint8Array => {
    switch (field) {
      case 'key':
        return base64(bytesOf(record, 'key', record.keySchema, record.key))
      case 'value': {
        const bytes = bytesOf(record, 'value', record.valueSchema, record.value)
        return valueEncoding === 'base64' ? base64(bytes) : (bytes ?? '')
      }
      case 'offset':
        return record.kafkaOffset.toString()
      case 'timestamp':
        return record.timestamp === null ? '' : String(record.timestamp)
      case 'headers':
        return [...record.headers].map((header) => headerText(record, header)).join('')
    }
  }
  const line = (record: SinkRecord): Buffer => {
    const parts = fields.flatMap((field, i) => [
      ...(i === 0 ? [] : [Buffer.from(',')]),
      Buffer.from(column(field, record)),
    ])
    return Buffer.concat(parts)
  }
  return new AivenTextFormat({ contentType: 'text/csv', line, before: '', between: '\n', after: '' })
}

function headerText(record: SinkRecord, { key, schema, value }: Header): string {
  return `${base64(Buffer.from(key))}:${base64(bytesOf(record, `header ${key}`, schema, value))};`
}

function base64(bytes: Uint8Array | null): string {
  return bytes === null ? '' : Buffer.from(bytes).toString('base64')
}

/** Bytes and texts as bytes; anything else as its JSON text, where Aiven's connector fails. */
function bytesOf(record: SinkRecord, part: string, schema: Schema | null, value: unknown): Uint8Array | null {
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) return value
  if (typeof value === 'string') return Buffer.from(value)
  if (part === 'value' && record.valueText !== null) return record.valueText
  if (schema !== null && schema.type === 'STRUCT' && part !== 'value') {
    throw new DataError(
      `The ${part} of record ${record.coordinates} is a struct, and csv has no room for it: use format.output.type=jsonl.`,
    )
  }
  return Buffer.from(TEXTS.text(schema, value))
}
