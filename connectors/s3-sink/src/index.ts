/** The public face of the S3 sink: what the worker registers. Loads no SDK; see `store.ts`. */
export { aivenS3SinkConnector } from './aiven/aiven-s3-sink-connector.ts'
export { s3SinkConnector } from './confluent/s3-sink-connector.ts'
export { type S3Config, s3Config } from './config/s3-config.ts'
/** What else of it is a plugin. */
export { builtInSources } from './credentials/built-in-sources.ts'
export {
  CREDENTIAL_SOURCES,
  type CredentialProvider,
  type Credentials,
  type CredentialSettings,
  type CredentialSource,
} from './credentials/credential-source.ts'
export { builtInObjectStores } from './store/object-stores.ts'
