import {
  ObjectStoreSinkTask,
  type RawConfig,
  type SinkSetup,
  type SinkTask,
  timeZone,
  type WriterSettings,
} from '@spillway/framework'

import { type AivenConfig, aivenConfig } from './aiven-config.ts'
import { aivenFiles } from './aiven-file-format.ts'
import { type AivenPlaces, aivenPlaces } from './aiven-places.ts'
import { s3ConfigOfAiven } from './aiven-s3-config.ts'
import { s3Store } from './s3-store.ts'

/** Files are committed by file.max.records and the clock: records alone do not end one. */
const NO_FLUSH_SIZE = Number.MAX_SAFE_INTEGER

export async function aivenSetup(raw: RawConfig): Promise<SinkSetup> {
  const config = aivenConfig.parse(raw)
  const { raw: rawS3, config: s3 } = s3ConfigOfAiven(raw, config)
  const places = aivenPlaces(config)
  const store = s3Store(s3, rawS3)
  return {
    store,
    writer: writerOf(raw, config, places),
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

function writerOf(raw: RawConfig, config: AivenConfig, places: AivenPlaces): WriterSettings {
  const { format, compression, compatibility, shape } = aivenFiles(raw, config, places.latestOnly)
  const maxRecords = config['file.max.records']
  return {
    naming: places.naming,
    partitioner: places.partitioner,
    views: [
      {
        name: 'value',
        format,
        compression,
        // The template says how names end.
        extension: '',
        contentType: format.contentType,
        fileSchema: ({ schema }) => schema,
      },
    ],
    appender: format,
    tombstonePartition: undefined,
    compatibility,
    keyCompatibility: undefined,
    maxOpenSchemas: 1,
    ...(shape !== undefined && { shape }),
    replaces: places.latestOnly,
    rotation: {
      flushSize: NO_FLUSH_SIZE,
      rotateIntervalMs: -1,
      rotateOnPartitionChange: false,
      rotateScheduleIntervalMs: config['rotate.schedule.interval.ms'],
      zone: timeZone('UTC'),
      maxOpenFiles: -1,
      neutralPartition: undefined,
    },
    fileRotation: {
      bytes: config['rotate.file.bytes'],
      records: maxRecords > 0 && !places.latestOnly ? maxRecords : -1,
      ageMs: config['rotate.file.age.ms'],
      idleMs: config['rotate.idle.ms'],
      latenessMs: -1,
    },
  }
}

/** A task of the S3 sink under Aiven's keys. */
export function aivenSinkTask(): SinkTask {
  return new ObjectStoreSinkTask(aivenSetup)
}
