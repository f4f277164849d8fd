/** Version of Spillway. */
export const VERSION = '0.1.0'

/**
 * Version that `GET /` answers: that of the Kafka Connect whose API and semantics this worker follows. Clients parse
 * it to know which endpoints there are.
 */
export const CONNECT_VERSION = '4.3.1'

/** What `GET /` shows as commit: this project's own version. */
export const COMMIT = `spillway-${VERSION}`
