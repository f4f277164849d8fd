import { OBJECT_STORES, storageClassConfig } from '@spillway/object-store'

/** The value of `storage.class` for a bucket. */
export const S3_STORAGE = 'io.confluent.connect.s3.storage.S3Storage'

export const s3StorageClass = storageClassConfig(S3_STORAGE, OBJECT_STORES)

/** Whether a `storage.class` means a bucket. */
export function isS3Storage(storageClass: unknown): boolean {
  return storageClass === S3_STORAGE || storageClass === 'S3Storage'
}
