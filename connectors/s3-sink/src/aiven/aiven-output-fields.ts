/** `format.output.fields` */
export const OUTPUT_FIELDS = ['key', 'value', 'offset', 'timestamp', 'headers'] as const
export type OutputField = (typeof OUTPUT_FIELDS)[number]

/** `format.output.type` */
export const OUTPUT_TYPES = ['avro', 'csv', 'json', 'jsonl', 'parquet'] as const
export type OutputType = (typeof OUTPUT_TYPES)[number]

/** `file.compression.type` */
export const COMPRESSION_TYPES = ['none', 'gzip', 'snappy', 'zstd'] as const
export type CompressionType = (typeof COMPRESSION_TYPES)[number]

/** Of the names of files, where the configuration names a compression. */
export const COMPRESSION_EXTENSIONS: Readonly<Record<CompressionType, string>> = {
  none: '',
  gzip: '.gz',
  snappy: '.snappy',
  zstd: '.zst',
}

/** As messages list them. */
export function quotedList(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ')
}
