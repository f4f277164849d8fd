import {
  type CheckInput,
  configDef,
  ConfigError,
  type ConfigProblem,
  type RawConfig,
  rule,
} from '@spillway/api'
import type { SchemaCompatibility } from '../schema-compatibility.ts'
import type { RecordShaper } from '../record-shaper.ts'
import type { FormatPlugin } from '../format.ts'
import { ENVELOPE_FIELDS, type EnvelopeField, type HeaderValues } from './envelope-fields.ts'
import { jsonEnvelope } from './json-envelope.ts'
import { StructEnvelope } from './struct-envelope.ts'

/** Name of the schema of envelopes in formats that have schemas. */
export const ENVELOPE_SCHEMA = 'io.spillway.Envelope'

const knownFields = rule(`any of ${ENVELOPE_FIELDS.join(', ')}`, (value) => {
  const fields = value as readonly string[]
  const unknown = fields.find((field) => !(ENVELOPE_FIELDS as readonly string[]).includes(field))
  if (unknown !== undefined) return `${unknown} is not one of ${ENVELOPE_FIELDS.join(', ')}`
  return new Set(fields).size < fields.length ? 'it names a field twice' : undefined
})

/** The keys of envelopes. */
export const envelopeConfig = configDef(
  {
    'format.envelope': {
      type: 'boolean',
      default: false,
      importance: 'medium',
      group: 'Format',
      ours: true,
      doc:
        'Write the whole record in place of its value: key, value, headers, topic, partition, offset and timestamp, under these ' +
        'names. Null values are written like others, whatever behavior.on.null.values is. `spillway restore` reads such ' +
        'objects back into a topic.',
    },
    'format.envelope.fields': {
      type: 'list',
      default: [...ENVELOPE_FIELDS],
      validator: knownFields,
      importance: 'low',
      group: 'Format',
      ours: true,
      doc: 'What the envelope holds, in this order; `spillway restore` needs key, value and offset.',
    },
  },
  [fieldsAreNamed],
)

function* fieldsAreNamed({ values }: CheckInput): Iterable<ConfigProblem> {
  const fields = values['format.envelope.fields'] as readonly string[] | undefined
  if (values['format.envelope'] !== true || fields === undefined || fields.length > 0) return
  yield {
    key: 'format.envelope.fields',
    message: `format.envelope.fields is empty: name some of ${ENVELOPE_FIELDS.join(', ')}.`,
  }
}

/** What an envelope means for the files of a connector. */
export interface EnvelopeSettings {
  readonly shape: RecordShaper
  readonly compatibility: SchemaCompatibility
}

/** @returns undefined where records are written without. @throws {ConfigError} where the format has no room for one. */
export function envelopeOf(
  raw: RawConfig,
  format: FormatPlugin,
  compatibility: SchemaCompatibility,
): EnvelopeSettings | undefined {
  const config = envelopeConfig.parse(raw)
  if (!config['format.envelope']) return undefined
  const fields = config['format.envelope.fields'] as EnvelopeField[]
  if (format.envelopes === 'none') {
    throw new ConfigError(
      `format.envelope=true needs a format with fields, and ${format.className} has none: use JsonFormat, AvroFormat, ` +
        'ParquetFormat or CsvFormat.',
      { key: 'format.envelope' },
    )
  }
  const headers = headerValuesOf(raw)
  if (format.envelopes === 'text') {
    const numericDecimals = (raw['json.decimal.format'] ?? '').toUpperCase() === 'NUMERIC'
    const shape = jsonEnvelope(fields, headers, { numericDecimals, replaceNullWithDefault: true })
    return { shape, compatibility }
  }
  const envelope = new StructEnvelope({
    fields,
    name: ENVELOPE_SCHEMA,
    headerValues: headers,
    headers: 'list',
    timestamp: 'logical',
  })
  return { shape: envelope.shape, compatibility: envelope.compatibility(compatibility) }
}

/** Header values are bytes where the header converter leaves them so; what it makes of them otherwise has a text. */
export function headerValuesOf(raw: RawConfig): HeaderValues {
  return /(^|\.)ByteArrayConverter$/.test(raw['header.converter'] ?? '') ? 'bytes' : 'text'
}
