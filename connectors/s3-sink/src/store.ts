/** The bucket as an object store, for those that need no connector. Loads the SDK. */
export { S3ObjectStore } from './store/s3-object-store.ts'
export { s3Client } from './store/s3-client.ts'
export { s3Store } from './store/s3-store.ts'
