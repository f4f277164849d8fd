import type { LogRecord, RecordLog } from './record-log.ts'

/**
 * The log of a standalone worker: a record is read while it is written, and nothing is kept besides what the store makes of
 * it (Java: `MemoryConfigBackingStore`, `MemoryStatusBackingStore`).
 */
export class MemoryLog implements RecordLog {
  readonly #onRecord: (record: LogRecord) => void
  #next = 0n

  constructor(onRecord: (record: LogRecord) => void) {
    this.#onRecord = onRecord
  }

  async start(): Promise<void> {}

  async readToEnd(): Promise<void> {}

  async send(records: readonly { readonly key: string; readonly value: unknown }[]): Promise<void> {
    for (const { key, value } of records) this.#onRecord({ key, value, offset: this.#next++ })
  }

  async close(): Promise<void> {}
}
