import {
  LOCAL_STORAGE,
  LocalObjectStore,
  localStoreKeys,
  type ObjectStorePlugin,
} from '@spillway/object-store'
import { directoryOf } from '../config/local-storage.ts'
import { s3Config } from '../config/s3-config.ts'
import { S3_STORAGE } from '../config/storage-class.ts'

/** A bucket. Loads the SDK only where it is used. */
const s3Storage: ObjectStorePlugin = {
  kind: 'object_store',
  className: S3_STORAGE,
  doc: 'A bucket of S3, or of a store that speaks its protocol.',
  create: async ({ raw, modules }) =>
    (await import('./s3-store.ts')).s3Store(s3Config.parse(raw), raw, modules),
}

const localStorage: ObjectStorePlugin = {
  kind: 'object_store',
  className: LOCAL_STORAGE,
  doc: 'A directory of this machine: `store.url`.',
  keyRule: localStoreKeys,
  create: ({ raw }) => new LocalObjectStore(directoryOf(raw['store.url']) ?? ''),
}

/** The stores that `storage.class` may name. */
export const builtInObjectStores: readonly ObjectStorePlugin[] = [s3Storage, localStorage]
