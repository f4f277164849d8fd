/** The public face of the S3 sink: what the worker registers. Loads no SDK; see `store.ts`. */
export { aivenS3SinkConnector } from './aiven-s3-sink-connector.ts'
export { s3SinkConnector } from './s3-sink-connector.ts'
export { type S3Config, s3Config } from './s3-config.ts'
