import {
  gzip,
  type PreviewRequest,
  previewObjects,
  type RecordPreview,
  writerSettings,
} from '@spillway/framework'

import { s3Config } from './s3-config.ts'

/** The objects that records would become. Asks no store. */
export async function s3Preview({ config: raw, records }: PreviewRequest): Promise<readonly RecordPreview[]> {
  const config = s3Config.parse(raw)
  const isGzip = config['s3.compression.type'] === 'gzip'
  const settings = await writerSettings(raw, config, isGzip ? gzip(config['s3.compression.level']) : null)
  const nullValues = config['behavior.on.null.values'].toLowerCase() as 'fail' | 'ignore' | 'write'
  return previewObjects(settings, nullValues, records, Date.now())
}
