import type { PreviewRequest, RawConfig, RecordPreview, SampleRequest } from '@spillway/api'
import { previewObjects, sampleObjectKeys, type WriterSettings } from '@spillway/object-store'
import { aivenConfig } from './aiven-config.ts'
import { aivenPlaces } from './aiven-places.ts'
import { aivenWriter } from './aiven-writer.ts'

/** The objects that records would become. Asks no store. */
export async function aivenPreview({ config, records }: PreviewRequest): Promise<readonly RecordPreview[]> {
  return previewObjects(writerOf(config), 'write', records, Date.now())
}

/** Keys of objects of made-up records. Asks no store. */
export async function aivenSampleKeys({ config, topics, nowMs }: SampleRequest): Promise<readonly string[]> {
  return sampleObjectKeys(writerOf(config), topics, nowMs)
}

function writerOf(raw: RawConfig): WriterSettings {
  const config = aivenConfig.parse(raw)
  return aivenWriter(raw, config, aivenPlaces(config))
}
