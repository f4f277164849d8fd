import { configDef, rule, type Schema, type SinkRecord, type Struct } from '@spillway/api'
import type { FileBuffer } from '../../spill/spill-buffer.ts'
import type { FinishedFile, Format, FormatPlugin, FormatSettings, RecordView } from '../format.ts'
import { rowGroups } from '../row-spill.ts'
import { appendSchemaless, inferRows } from '../schemaless/schemaless-rows.ts'
import { csvCell, type CsvDialect, quoted } from './csv-cells.ts'

const group = 'Format'
const NEWLINE = Buffer.from('\n')
const GROUP_BYTES = 1024 * 1024
/** Of a value that is no struct: it becomes the only column. */
const ONLY_COLUMN = 'value'
const DELIMITER = 'format.csv.delimiter'

const config = configDef({
  'format.csv.header': {
    type: 'boolean',
    default: true,
    importance: 'low',
    group,
    ours: true,
    doc: 'Begin every file of CsvFormat with the names of its columns.',
  },
  [DELIMITER]: {
    type: 'string',
    default: ',',
    validator: rule('one character, or \\t', () => undefined),
    importance: 'low',
    group,
    ours: true,
    doc: 'What stands between the cells of CsvFormat: one character; `\\t` for a tab.',
  },
  'format.csv.null': {
    type: 'string',
    default: '',
    importance: 'low',
    group,
    ours: true,
    doc: 'What CsvFormat writes for null. A text that looks the same is written in quotes.',
  },
  'format.csv.fields': {
    type: 'list',
    default: [] as string[],
    importance: 'low',
    group,
    ours: true,
    doc: 'Columns of CsvFormat, in this order; empty for every field. A column that a record has no field for is null.',
  },
})

/** Tables of text, a format of our own. */
export const csvFormat: FormatPlugin = {
  kind: 'format',
  className: 'io.spillway.storage.format.CsvFormat',
  aliases: ['CsvFormat', 'csv'],
  doc: 'CSV of RFC 4180 with lines that end in a newline; lists, maps and structs within are JSON, bytes base64.',
  config,
  compressible: true,
  create: (settings) => new CsvFiles(settings),
}

/** What is made of a schema once. */
interface Table {
  readonly header: string
  line(value: unknown): string
}

class CsvFiles implements Format {
  readonly extension = '.csv'
  readonly contentType = 'text/csv'
  readonly #view: RecordView
  readonly #dialect: CsvDialect
  readonly #hasHeader: boolean
  readonly #fields: readonly string[]
  readonly #tables = new WeakMap<Schema, Table>()

  constructor({ raw, view }: FormatSettings) {
    const parsed = config.parse(raw)
    this.#view = view
    // Parsed values are trimmed, and a delimiter may be white space.
    const delimiter = (raw[DELIMITER] ?? ',').replace(String.raw`\t`, '\t')
    this.#dialect = { delimiter: delimiter === '' ? ',' : delimiter, nullText: parsed['format.csv.null'] }
    this.#hasHeader = parsed['format.csv.header']
    this.#fields = parsed['format.csv.fields']
  }

  append(record: SinkRecord, file: FileBuffer): void {
    const schema = this.#view.schema(record)
    // Which columns there are is known only when all records are.
    if (schema === null) appendSchemaless(record, this.#view, file)
    else file.append(Buffer.from(this.#tableOf(schema).line(this.#view.value(record))), NEWLINE)
  }

  async *encode({ schema, spilled }: FinishedFile): AsyncIterable<Uint8Array> {
    if (schema !== null) {
      if (this.#hasHeader) yield Buffer.from(`${this.#tableOf(schema).header}\n`)
      yield* spilled.read()
      return
    }
    const { schema: inferred, read } = await inferRows(spilled)
    const table = this.#tableOf(inferred)
    if (this.#hasHeader) yield Buffer.from(`${table.header}\n`)
    for await (const rows of rowGroups(spilled, GROUP_BYTES)) {
      yield Buffer.from(rows.map((row) => `${table.line(read(row))}\n`).join(''))
    }
  }

  #tableOf(schema: Schema): Table {
    let table = this.#tables.get(schema)
    if (table === undefined) this.#tables.set(schema, (table = this.#newTable(schema)))
    return table
  }

  #newTable(schema: Schema): Table {
    const dialect = this.#dialect
    const { delimiter, nullText } = dialect
    if (schema.type !== 'STRUCT') {
      const cell = csvCell(schema, dialect)
      return { header: ONLY_COLUMN, line: (value) => cell(value) }
    }
    const names = this.#fields.length > 0 ? this.#fields : schema.fields.map(({ name }) => name)
    const cells = names.map((name) => {
      const field = schema.field(name)
      if (field === undefined) return () => nullText
      const cell = csvCell(field.schema, dialect)
      return (struct: Struct | null) => cell(struct?.at(field.index))
    })
    return {
      header: names.map((name) => quoted(name, dialect)).join(delimiter),
      line: (value) => cells.map((cell) => cell(value as Struct | null)).join(delimiter),
    }
  }
}
