/** The bucket as an object store, for those that need no connector. Loads the SDK. */
export { S3ObjectStore } from './s3-object-store.ts'
export { s3Client } from './s3-client.ts'
export { s3Store } from './s3-store.ts'
