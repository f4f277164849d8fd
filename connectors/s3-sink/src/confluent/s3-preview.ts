import type { PreviewRequest, RecordPreview, SampleRequest } from '@spillway/api'
import { previewObjects, sampleObjectKeys } from '@spillway/object-store'
import { s3Config } from '../config/s3-config.ts'
import { nullValuesOf, s3Writer } from './s3-writer.ts'

/** The objects that records would become. Asks no store. */
export async function s3Preview({
  config: raw,
  records,
  modules,
}: PreviewRequest): Promise<readonly RecordPreview[]> {
  const config = s3Config.parse(raw, modules.plugins)
  const { behavior, inline } = nullValuesOf(raw, config)
  const nullValues = inline === true ? 'write' : behavior
  return previewObjects(await s3Writer(raw, config, modules), nullValues, records, Date.now())
}

/** Keys of objects of made-up records. Asks no store. */
export async function s3SampleKeys({
  config: raw,
  topics,
  nowMs,
  modules,
}: SampleRequest): Promise<readonly string[]> {
  return sampleObjectKeys(await s3Writer(raw, s3Config.parse(raw, modules.plugins), modules), topics, nowMs)
}
