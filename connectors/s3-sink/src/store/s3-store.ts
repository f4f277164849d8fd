import type { ModuleDoor, RawConfig } from '@spillway/api'
import { objectParameters } from './object-parameters.ts'
import { s3Client } from './s3-client.ts'
import type { S3Config } from '../config/s3-config.ts'
import { S3ObjectStore } from './s3-object-store.ts'

/** The bucket of a configuration. To be closed. */
export function s3Store(config: S3Config, raw: RawConfig, modules: ModuleDoor): S3ObjectStore {
  const client = s3Client(config, raw, modules)
  return new S3ObjectStore(client, config['s3.bucket.name'] ?? '', objectParameters(config))
}
