import {
  type PreviewRequest,
  previewObjects,
  type RecordPreview,
  sampleObjectKeys,
  type SampleRequest,
} from '@spillway/framework'

import { aivenConfig } from './aiven-config.ts'
import { aivenPlaces } from './aiven-places.ts'
import { aivenWriter } from './aiven-writer.ts'

/** The objects that records would become. Asks no store. */
export async function aivenPreview({
  config: raw,
  records,
}: PreviewRequest): Promise<readonly RecordPreview[]> {
  const config = aivenConfig.parse(raw)
  return previewObjects(aivenWriter(raw, config, aivenPlaces(config)), 'write', records, Date.now())
}

/** Keys of objects of made-up records. Asks no store. */
export async function aivenSampleKeys(request: SampleRequest): Promise<readonly string[]> {
  const config = aivenConfig.parse(request.config)
  const writer = aivenWriter(request.config, config, aivenPlaces(config))
  return sampleObjectKeys(writer, request.topics, request.nowMs)
}
