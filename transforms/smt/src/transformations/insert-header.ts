import {
  configDef,
  type ParsedValue,
  parseString,
  type RawConfig,
  type SinkRecord,
  type Transformation,
} from '@spillway/api'
import { CONNECT_TRANSFORMS, smtPlugin } from './shared/smt-plugin.ts'

const config = configDef({
  header: { type: 'string', importance: 'high', doc: 'Name of the header.' },
  'value.literal': {
    type: 'string',
    importance: 'high',
    doc: 'Value of the header; its type is guessed as that of header texts is: 1 is an int8, true a boolean, [1,2] an array.',
  },
})

/** Adds the same header to every record (Java: `InsertHeader`). */
class InsertHeader implements Transformation {
  #header = ''
  #literal: ParsedValue = parseString(null)

  configure(raw: RawConfig): void {
    const parsed = config.parse(raw)
    this.#header = parsed.header
    this.#literal = parseString(parsed['value.literal'])
  }

  apply(record: SinkRecord): SinkRecord {
    const headers = record.headers.duplicate().add(this.#header, this.#literal.value, this.#literal.schema)
    return record.with({ headers })
  }
}

/** Java: `org.apache.kafka.connect.transforms.InsertHeader`. */
export const insertHeaderPlugin = smtPlugin({
  className: `${CONNECT_TRANSFORMS}.InsertHeader`,
  doc: 'Adds a header with a fixed value.',
  config,
  create: () => new InsertHeader(),
})
