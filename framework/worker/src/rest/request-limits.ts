/** The most that one request, or all together, may take of a worker. Those of a configuration are CONFIG_LIMITS. */
export const REQUEST_LIMITS = {
  /** Bytes of a body. */
  bodyBytes: 2 * 1024 * 1024,
  /** How deep arrays and objects of a body may be nested. */
  bodyDepth: 500,
  /** Values of a body, those in arrays and objects counted one by one. */
  bodyValues: 20_000,
  /** Partitions of one `PATCH …/offsets`. */
  offsets: 2_000,
  /** How long, in ms, the headers of a request may take, and a whole request with its body. */
  headersMs: 15_000,
  requestMs: 30_000,
  /** How often, in ms, those two are looked at. */
  checkEveryMs: 1_000,
  /** How long, in ms, a connection may stand still, an answer that nobody reads included. */
  idleMs: 120_000,
  /** Connections at a time, of each listener. */
  connections: 1_000,
} as const

/** Records of one preview. */
export const MOST_PREVIEWED = 100
