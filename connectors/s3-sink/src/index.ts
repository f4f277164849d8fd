/** The public face of the S3 sink. */
export { s3SinkConnector } from './s3-sink-connector.ts'
export { S3ObjectStore } from './s3-object-store.ts'
export { s3Client } from './s3-client.ts'
export { type S3Config, s3Config } from './s3-config.ts'
