import { findPlugin, type ModuleDoor, type ObjectStore, type RawConfig } from '@spillway/api'
import { OBJECT_STORES } from '@spillway/object-store'
import type { S3Config } from '../config/s3-config.ts'

/** Where a configuration's objects go, by its `storage.class`; to be closed. @throws {ConfigError} */
export async function sinkStore(config: S3Config, raw: RawConfig, modules: ModuleDoor): Promise<ObjectStore> {
  const plugin = await findPlugin(modules, OBJECT_STORES, config['storage.class'], 'storage.class')
  return await plugin.create({ raw, modules })
}
