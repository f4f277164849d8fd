import type { ModuleDoor, ObjectStore, RawConfig } from '@spillway/api'
import { LocalObjectStore } from '@spillway/object-store'
import { directoryOf, isLocalStorage } from '../config/local-storage.ts'
import type { S3Config } from '../config/s3-config.ts'

/** A store that can say whether it can be used. */
export type SinkStore = ObjectStore & { checkAccess(signal: AbortSignal): Promise<void> }

/** Where a configuration's objects go, by its `storage.class`; to be closed. Loads the SDK only for S3. */
export async function sinkStore(config: S3Config, raw: RawConfig, modules: ModuleDoor): Promise<SinkStore> {
  if (isLocalStorage(config['storage.class']))
    return new LocalObjectStore(directoryOf(config['store.url']) ?? '')
  const { s3Store } = await import('./s3-store.ts')
  return s3Store(config, raw, modules)
}
