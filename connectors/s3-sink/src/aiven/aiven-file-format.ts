import type { RawConfig } from '@spillway/api'
import {
  avroFormat,
  type Compression,
  type Format,
  gzip,
  headerValuesOf,
  latestOnly,
  parquetFormat,
  type RecordShaper,
  SchemaCompatibility,
  snappy,
  StructEnvelope,
  suppliedSchemaOf,
  valueView,
  zstd,
} from '@spillway/object-store'
import type { AivenConfig } from './aiven-keys.ts'
import { compressionOf } from './aiven-file-names.ts'
import type { CompressionType, OutputField, OutputType } from './aiven-output-fields.ts'
import { aivenCsv, aivenJson } from './aiven-text-format.ts'

/** What files hold and how. */
export interface AivenFiles {
  readonly format: Format
  readonly compression: Compression | null
  readonly compatibility: SchemaCompatibility
  readonly shape?: RecordShaper
}

const COMPRESSIONS: Readonly<Record<CompressionType, (() => Compression) | null>> = {
  none: null,
  gzip: () => gzip(),
  snappy,
  zstd,
}

/** @param latest whether files hold their last record alone. */
export function aivenFiles(raw: RawConfig, config: AivenConfig, latest: boolean): AivenFiles {
  const type = config['format.output.type'].toLowerCase() as OutputType
  const fields = outputFields(config)
  const compressionType = compressionOf(config)
  const whole = COMPRESSIONS[compressionType]?.() ?? null
  const files =
    type === 'avro' || type === 'parquet'
      ? rowFiles(raw, config, type, fields, compressionType)
      : { ...textFiles(config, type, fields), compatibility: new TextCompatibility() }
  return {
    ...files,
    format: latest ? latestOnly(files.format) : files.format,
    compression: type === 'parquet' ? null : whole,
  }
}

/** Text takes records of any schema. */
class TextCompatibility extends SchemaCompatibility {
  constructor() {
    super('NONE')
  }

  override judge(): 'same' {
    return 'same'
  }
}

function textFiles(
  config: AivenConfig,
  type: 'csv' | 'json' | 'jsonl',
  fields: readonly OutputField[],
): { readonly format: Format } {
  if (type !== 'csv') return { format: aivenJson(fields, config['format.output.envelope'], type) }
  const encoding = hasFields(config) ? config['format.output.fields.value.encoding'] : 'base64'
  return { format: aivenCsv(fields, encoding as 'base64' | 'none') }
}

function rowFiles(
  raw: RawConfig,
  config: AivenConfig,
  type: 'avro' | 'parquet',
  fields: readonly OutputField[],
  compressionType: CompressionType,
): Omit<AivenFiles, 'compression'> {
  const plugin = type === 'avro' ? avroFormat : parquetFormat
  const inner = plugin.create({ raw: { ...raw, 'parquet.codec': compressionType }, view: valueView })
  const format: Format = {
    extension: '',
    contentType: inner.contentType,
    append: (record, file) => inner.append(record, file),
    encode: (file) => inner.encode?.(file) ?? file.spilled.read(),
  }
  const compatibility = new SchemaCompatibility('NONE')
  const isBare = !config['format.output.envelope'] && fields[0] === 'value'
  const envelope = new StructEnvelope({
    fields,
    name: `io.aiven.${type}.output.schema.connector_records`,
    headerValues: headerValuesOf(raw),
    headers: 'map',
    timestamp: 'long',
  })
  const supplied = suppliedSchemaOf(raw)
  const shape: RecordShaper = (arrived) => {
    const record = supplied?.(arrived) ?? arrived
    return isBare && isRecordLike(record.valueSchema?.type, record.value) ? record : envelope.shape(record)
  }
  return { format, shape, compatibility: envelope.compatibility(compatibility) }
}

/** What can stand in a file without an envelope: rows have to have fields. */
function isRecordLike(type: string | undefined, value: unknown): boolean {
  if (type !== undefined) return type === 'STRUCT' && value !== null
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether an encoding is asked for that has no effect: Aiven's connector looks at it only where fields are named. */
export function ignoresEncoding(config: AivenConfig): boolean {
  const isCsv = config['format.output.type'].toLowerCase() === 'csv'
  return isCsv && !hasFields(config) && config['format.output.fields.value.encoding'] === 'none'
}

function hasFields(config: AivenConfig): boolean {
  return namedFields(config) !== null
}

function outputFields(config: AivenConfig): readonly OutputField[] {
  return (namedFields(config) ?? ['value']).map((field) => field.toLowerCase() as OutputField)
}

function namedFields(config: AivenConfig): readonly string[] | null {
  return config['format.output.fields'] ?? config['output_fields'] ?? null
}
