import { type RawConfig, timeZone } from '@spillway/api'
import type { WriterSettings } from '@spillway/object-store'
import type { AivenConfig } from './aiven-keys.ts'
import { aivenFiles } from './aiven-file-format.ts'
import type { AivenPlaces } from './aiven-places.ts'
import { KEYS_WITHOUT_EFFECT } from '../config/keys-without-effect.ts'
import { keyRuleOf } from '../config/key-rule.ts'

/** Files are committed by file.max.records and the clock: records alone do not end one. */
const NO_FLUSH_SIZE = Number.MAX_SAFE_INTEGER

/** `offset.flush.interval.ms` of a worker that says nothing else. */
const FLUSH_INTERVAL_MS = 60_000

/**
 * What the writers of a task go by; also for those who only ask what it would write.
 *
 * @param flushIntervalMs how often the worker commits offsets: Aiven's connector writes its files then.
 */
export function aivenWriter(
  raw: RawConfig,
  config: AivenConfig,
  places: AivenPlaces,
  flushIntervalMs: number = FLUSH_INTERVAL_MS,
): WriterSettings {
  const { format, compression, compatibility, shape } = aivenFiles(raw, config, places.latestOnly)
  const maxRecords = config['file.max.records']
  return {
    naming: places.naming,
    keyRule: keyRuleOf({
      ...config,
      'store.url': config['aws.s3.endpoint'] ?? config['aws_s3_endpoint'],
    }),
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
    keysWithoutEffect: KEYS_WITHOUT_EFFECT,
    ...(shape !== undefined && { shape }),
    replaces: places.latestOnly,
    rotation: {
      flushSize: NO_FLUSH_SIZE,
      rotateIntervalMs: -1,
      rotateOnPartitionChange: false,
      rotateScheduleIntervalMs: config['rotate.schedule.interval.ms'] ?? flushIntervalMs,
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
