import {
  type Compression,
  envelopeConfig,
  exactlyOnceOf,
  gzip,
  ObjectStoreSinkTask,
  type RawConfig,
  type SinkSetup,
  type SinkTask,
  snappy,
  writerSettings,
  zstd,
} from '@spillway/framework'

import { type S3Config, s3Config } from './s3-config.ts'
import { sinkStore } from './sink-store.ts'
import { taggingOf } from './tagging-config.ts'

async function s3Setup(raw: RawConfig): Promise<SinkSetup> {
  const config = s3Config.parse(raw)
  const writer = await writerSettings(raw, config, compressionOf(config))
  const store = await sinkStore(config, raw)
  const exactlyOnce = await exactlyOnceOf(raw, config)
  const mayCreateOnly = config['enable.conditional.writes'] || exactlyOnce.mode !== 'auto'
  return {
    store,
    writer,
    nullValues: {
      behavior: config['behavior.on.null.values'].toLowerCase() as SinkSetup['nullValues']['behavior'],
      report: config['report.null.values.to.dlq'],
      inline: envelopeConfig.parse(raw)['format.envelope'],
    },
    upload: {
      concurrency: config['upload.concurrency'],
      memoryBytes: config['upload.memory.bytes'],
      partBytes: config['s3.part.size'],
      quietRetries: config['s3.part.retries'],
      backoffMs: config['s3.retry.backoff.ms'],
    },
    tagging: taggingOf(config),
    exactlyOnce: mayCreateOnly ? exactlyOnce : { ...exactlyOnce, mode: 'off' },
    checkAccess: (signal) => store.checkAccess(signal),
  }
}

function compressionOf(config: S3Config): Compression | null {
  const type = config['format.compression.type'] || config['s3.compression.type']
  switch (type) {
    case 'gzip':
      return gzip(config['s3.compression.level'])
    case 'snappy':
      return snappy()
    case 'zstd':
      return zstd()
    default:
      return null
  }
}

/** A task of the S3 sink (Java: `S3SinkTask`). */
export function s3SinkTask(): SinkTask {
  return new ObjectStoreSinkTask(s3Setup)
}
