import { noModules, type RawConfig, type SinkTask, type SinkTaskContext } from '@spillway/api'
import {
  compatibilityNamed,
  exactlyOnceOf,
  ObjectStoreSinkTask,
  quotedFieldIn,
  type SinkSetup,
} from '@spillway/object-store'
import { s3Config } from '../config/s3-config.ts'
import { nullValuesOf, s3Writer } from './s3-writer.ts'
import { sinkStore } from '../store/sink-store.ts'
import { taggingOf } from '../config/tagging-config.ts'

async function s3Setup(raw: RawConfig, context: SinkTaskContext): Promise<SinkSetup> {
  const { modules = noModules } = context
  const config = s3Config.parse(raw, context.modules?.plugins)
  const quoted = quotedFieldIn(config['path.format'])
  if (quoted !== undefined) {
    context.logger.warn(
      `path.format has ${quoted} in quotes, so these letters are written as they are. Quote only text, such as 'year'=YYYY.`,
    )
  }
  const compatibility = config['schema.compatibility']
  if (compatibilityNamed(compatibility) === undefined) {
    context.logger.warn(
      `schema.compatibility=${compatibility} is none of NONE, BACKWARD, FORWARD and FULL: taken as NONE`,
    )
  }
  const writer = await s3Writer(raw, config, modules)
  const store = await sinkStore(config, raw, modules)
  const exactlyOnce = await exactlyOnceOf(raw, config, modules)
  const mayCreateOnly = config['enable.conditional.writes'] || exactlyOnce.mode !== 'auto'
  return {
    store,
    writer,
    nullValues: nullValuesOf(raw, config),
    upload: {
      concurrency: config['upload.concurrency'],
      memoryBytes: config['upload.memory.bytes'],
      partBytes: config['s3.part.size'],
      quietRetries: config['s3.part.retries'],
      backoffMs: config['s3.retry.backoff.ms'],
    },
    tagging: taggingOf(config),
    exactlyOnce: mayCreateOnly ? exactlyOnce : { ...exactlyOnce, mode: 'off' },
    checkAccess: async (signal) => await store.checkAccess?.(signal),
  }
}

/** A task of the S3 sink (Java: `S3SinkTask`). */
export function s3SinkTask(): SinkTask {
  return new ObjectStoreSinkTask(s3Setup)
}
