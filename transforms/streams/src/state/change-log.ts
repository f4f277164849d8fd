import { byteText } from './byte-order.ts'
import { timestampOfTimestamped, valueOfTimestamped } from './java-keys.ts'
import type { StoreContext } from './store.ts'

/**
 * When changes go to the changelog port: `update` = with each put, as Java does with its record cache off; `flush` = the
 * newest per key when the store is flushed, in the order of each key's first change. A versioned store and a store of
 * duplicates keep every row, so they always log each put.
 */
export type ChangelogTiming = 'update' | 'flush'

/** Objects of a change that waits beside its key and value, an estimate in bytes. */
const fixedBytes = 150

interface Pending {
  readonly key: Uint8Array
  value: Uint8Array | null
  timestamp: number
}

/** Reports the changes of one store. Corresponds to Java's `ChangeLogging...BytesStore`. */
export class ChangeLog {
  readonly #context: StoreContext
  readonly #timestamped: boolean
  readonly #pending: Map<string, Pending> | null
  #pendingBytes = 0

  constructor(context: StoreContext, timestamped: boolean, timing: ChangelogTiming) {
    this.#context = context
    this.#timestamped = timestamped
    this.#pending = timing === 'flush' && context.changelog !== undefined ? new Map() : null
  }

  /** A row as the store holds it; the changelog of a timestamped store gets the plain value under the row's own timestamp. */
  record(key: Uint8Array, value: Uint8Array | null): void {
    const port = this.#context.changelog
    if (port === undefined) return
    let plain = value
    let timestamp: number
    if (this.#timestamped && value !== null) {
      timestamp = timestampOfTimestamped(value)
      plain = valueOfTimestamped(value)
    } else {
      timestamp = this.#context.currentTimestamp()
    }
    if (this.#pending === null) {
      port.append(key, plain, timestamp)
      return
    }
    const text = byteText(key)
    const pending = this.#pending.get(text)
    if (pending === undefined) {
      this.#pending.set(text, { key, value: plain, timestamp })
      this.#charge(fixedBytes + 2 * key.length + (plain?.length ?? 0))
    } else {
      const grown = (plain?.length ?? 0) - (pending.value?.length ?? 0)
      pending.value = plain
      pending.timestamp = timestamp
      if (grown !== 0) this.#charge(grown)
    }
  }

  /** A row that carries its own time apart from its value, as versions do. */
  recordAt(key: Uint8Array, value: Uint8Array | null, timestamp: number): void {
    this.#context.changelog?.append(key, value, timestamp)
  }

  flush(): void {
    const port = this.#context.changelog
    if (port === undefined || this.#pending === null) return
    for (const { key, value, timestamp } of this.#pending.values()) port.append(key, value, timestamp)
    this.forget()
  }

  /** Gives up what waits. */
  forget(): void {
    this.#pending?.clear()
    this.#context.changesWaitIn?.charge(-this.#pendingBytes)
    this.#pendingBytes = 0
  }

  #charge(bytes: number): void {
    this.#pendingBytes += bytes
    if (this.#context.changesWaitIn?.charge(bytes) === false) this.flush()
  }
}
