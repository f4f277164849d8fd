import { noModules, type RawConfig, type SinkTask, type SinkTaskContext } from '@spillway/api'
import { ObjectStoreSinkTask, type SinkSetup } from '@spillway/object-store'
import { aivenConfig } from './aiven-config.ts'
import { ignoresEncoding } from './aiven-file-format.ts'
import { aivenPlaces } from './aiven-places.ts'
import { aivensModules, s3ConfigOfAiven } from './aiven-s3-config.ts'
import { aivenWriter } from './aiven-writer.ts'
import { s3Store } from '../store/s3-store.ts'

export async function aivenSetup(
  raw: RawConfig,
  context?: Pick<SinkTaskContext, 'logger' | 'modules' | 'offsetFlushIntervalMs'>,
): Promise<SinkSetup> {
  const config = aivenConfig.parse(raw, context?.modules?.plugins)
  if (ignoresEncoding(config)) {
    context?.logger.warn(
      'format.output.fields.value.encoding=none has no effect without format.output.fields, as in Aiven’s connector: ' +
        'values are written as base64. Set format.output.fields=value to have them as they are.',
    )
  }
  const { raw: rawS3, config: s3 } = s3ConfigOfAiven(raw, config)
  const places = aivenPlaces(config)
  const store = s3Store(s3, rawS3, aivensModules(context?.modules ?? noModules))
  return {
    store,
    writer: aivenWriter(raw, config, places, context?.offsetFlushIntervalMs),
    nullValues: { behavior: 'ignore', report: false, inline: true },
    upload: {
      concurrency: s3['upload.concurrency'],
      memoryBytes: s3['upload.memory.bytes'],
      partBytes: s3['s3.part.size'],
      quietRetries: config['aws.s3.backoff.max.retries'],
      backoffMs: config['aws.s3.backoff.delay.ms'],
      maxBackoffMs: config['aws.s3.backoff.max.delay.ms'],
    },
    exactlyOnce: {
      // The object of a key is there to be replaced.
      mode: places.latestOnly ? 'off' : (config['exactly.once'] as SinkSetup['exactlyOnce']['mode']),
      isReplayable: places.latestOnly,
      goesByWallClock: places.goesByWallClock,
    },
    checkAccess: (signal) => store.checkAccess(signal),
  }
}

/** A task of the S3 sink under Aiven's keys. */
export function aivenSinkTask(): SinkTask {
  return new ObjectStoreSinkTask(aivenSetup)
}
