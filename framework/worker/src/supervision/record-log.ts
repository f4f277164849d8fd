/** A record of a log that a store is made of. */
export interface LogRecord {
  readonly key: string
  /** Undefined where it cannot be read, null where the key is deleted. */
  readonly value: unknown
  readonly offset: bigint
}

/** Where the stores keep their records: a topic of the cluster, or the memory of a standalone worker. */
export interface RecordLog {
  /** Reads all that is there, and follows what comes. */
  start(): Promise<void>
  /** Resolves when all that is in the log now has been read. */
  readToEnd(): Promise<void>
  /** Writes records in order; resolves when they are safe. */
  send(records: readonly { readonly key: string; readonly value: unknown }[]): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}

/** Makes the log of a store, which is told every record in the order of the log. */
export type OpenLog = (onRecord: (record: LogRecord) => void) => RecordLog
