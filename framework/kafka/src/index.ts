/** Kafka clients behind the port. */
export type { ClientConfig } from './client-config-values.ts'
export { CLIENT_NAMES, clientKind, type ClientName } from './client-kinds.ts'
export { clientOptions, type ClientOptions } from './client-options.ts'
export { platformaticClient } from './platformatic/platformatic-client.ts'
export { readTls } from './security-options.ts'
