import {
  checkParameters,
  parseFileNameTemplate,
  type TemplatePart,
  variablesOf,
} from '@spillway/object-store'
import { COMPRESSION_EXTENSIONS, type CompressionType } from './aiven-output-fields.ts'

const DEFAULT_TEMPLATE = '{{topic}}-{{partition}}-{{start_offset}}'
const PREFIX_VARIABLES = ['topic', 'partition', 'start_offset', 'timestamp', 'utc_date', 'local_date']

type Values = Readonly<Record<string, unknown>>

export interface Template {
  readonly text: string
  readonly parts: readonly TemplatePart[]
}

/** `file.name.template`, or the default with the endings that belong to it. @throws {RangeError} */
export function fileNameTemplate(values: Values): Template {
  const written = values['file.name.template'] as string | null | undefined
  const text = written ?? DEFAULT_TEMPLATE + endingsOf(values, values['file.compression.type'])
  const parts = parseFileNameTemplate(text)
  checkParameters(parts)
  return { text, parts }
}

/** `aws.s3.prefix` with the names it is put before; undefined where none is set. @throws {RangeError} */
export function prefixTemplate(values: Values): Template | undefined {
  const prefix = (values['aws.s3.prefix'] ?? values['aws_s3_prefix']) as string | null | undefined
  if (prefix === null || prefix === undefined) return undefined
  // Java's year of the week, which nobody has meant.
  const years = prefix.replaceAll(/(\{\{\s*timestamp\s*:\s*unit\s*=\s*)YYYY(\s*\}\})/g, '$1yyyy$2')
  const unknown = variablesOf(parseFileNameTemplate(years)).find(
    ({ name }) => !PREFIX_VARIABLES.includes(name),
  )
  if (unknown !== undefined) {
    throw new RangeError(`${unknown.name} is no variable of prefixes: ${PREFIX_VARIABLES.join(', ')}`)
  }
  const name = '{{topic}}-{{partition}}-{{start_offset:padding=true}}'
  const text = years + name + endingsOf(values, compressionOf(values))
  const parts = parseFileNameTemplate(text)
  checkParameters(parts)
  return { text, parts }
}

/** The compression that is meant: gzip where nothing is set. */
export function compressionOf(values: Values): CompressionType {
  const text = (values['file.compression.type'] ?? values['output_compression'] ?? 'gzip') as string
  return text.toLowerCase() as CompressionType
}

function endingsOf(values: Values, compression: unknown): string {
  const type = typeof compression === 'string' ? (compression.toLowerCase() as CompressionType) : 'none'
  const isAvro = String(values['format.output.type']).toLowerCase() === 'avro'
  return (isAvro ? '.avro' : '') + (COMPRESSION_EXTENSIONS[type] ?? '')
}
