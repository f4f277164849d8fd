import { looksLikeJavaClass } from '@spillway/api'

const PREFIX = /^io\.confluent\.connect\.storage\.partitioner\.TimeBasedPartitioner\$(\w+)TimestampExtractor$/

/** The built-in extractor a text names, by Confluent's short name or Java's class; undefined for any other text. */
export function builtInExtractorName(text: string): 'Wallclock' | 'Record' | 'RecordField' | undefined {
  const name = PREFIX.exec(text)?.[1] ?? text
  return name === 'Wallclock' || name === 'Record' || name === 'RecordField' ? name : undefined
}

/** Whether `timestamp.extractor` names a module rather than a built-in extractor or an unknown class. */
export function isExtractorModule(written: string): boolean {
  const name = written.trim()
  return builtInExtractorName(name) === undefined && /[./\\:@]/.test(name) && !looksLikeJavaClass(name)
}
