import { byHex, concat, hex, int64 } from './harness.ts'
import type { WindowSpec } from '../../state/store.ts'

interface ModelRow {
  readonly key: Uint8Array
  readonly start: number
  readonly sequence: number
  readonly value: Uint8Array
}

/** The obvious window store: a list of all rows, filtered and sorted for each read. */
export class WindowModel {
  readonly #spec: WindowSpec
  readonly #intervalMs: number
  #rows: ModelRow[] = []
  #sequence = 0
  streamTime = -1
  expired = 0

  constructor(spec: WindowSpec) {
    this.#spec = spec
    this.#intervalMs = Math.max(Math.floor(spec.retentionMs / 2), 60_000)
  }

  copy(): WindowModel {
    const copy = new WindowModel(this.#spec)
    copy.#rows = [...this.#rows]
    copy.#sequence = this.#sequence
    copy.streamTime = this.streamTime
    copy.expired = this.expired
    return copy
  }

  put(key: Uint8Array, value: Uint8Array | null, start: number): void {
    if (this.#spec.retainDuplicates) {
      this.#sequence++
      if (value === null) return
    }
    this.streamTime = Math.max(this.streamTime, start)
    if (this.#tooOld(start)) {
      this.expired++
      return
    }
    const sequence = this.#spec.retainDuplicates ? this.#sequence : 0
    this.#rows = this.#rows.filter(
      (row) => byHex(row.key, key) !== 0 || row.start !== start || row.sequence !== sequence,
    )
    if (value !== null) this.#rows.push({ key, start, sequence, value })
  }

  fetch(key: Uint8Array, start: number): string | null {
    const row = this.#visible()
      .filter((each) => byHex(each.key, key) === 0 && each.start === start)
      .at(-1)
    return row === undefined ? null : hex(row.value)
  }

  ofKey(key: Uint8Array, from: number, to: number): string[] {
    return this.#visible()
      .filter((row) => byHex(row.key, key) === 0 && row.start >= from && row.start <= to)
      .sort((a, b) => a.start - b.start || a.sequence - b.sequence)
      .map(shownRow)
  }

  ofKeys(keyFrom: Uint8Array | null, keyTo: Uint8Array | null, from: number, to: number): string[] {
    return this.#visible()
      .filter((row) => keyFrom === null || byHex(row.key, keyFrom) >= 0)
      .filter((row) => keyTo === null || byHex(row.key, keyTo) <= 0)
      .filter((row) => row.start >= from && row.start <= to)
      .sort((a, b) => (this.#spec.timeOrdered ? byHex(timeFirst(a), timeFirst(b)) : this.#bySegment(a, b)))
      .map(shownRow)
  }

  #visible(): ModelRow[] {
    return this.#rows.filter((row) => row.start >= this.streamTime - this.#spec.retentionMs + 1)
  }

  #tooOld(start: number): boolean {
    const oldest = this.streamTime - this.#spec.retentionMs
    if (this.#spec.refuseExpired === 'row') return start <= oldest
    return this.#segment(start) < this.#segment(Math.max(0, oldest))
  }

  #segment(time: number): number {
    return Math.floor(time / this.#intervalMs)
  }

  #bySegment(a: ModelRow, b: ModelRow): number {
    return this.#segment(a.start) - this.#segment(b.start) || byHex(storeKey(a), storeKey(b))
  }
}

function shownRow(row: ModelRow): string {
  return shownWindow(row.key, row.start, row.value)
}

export function shownWindow(key: Uint8Array, start: number, value: Uint8Array): string {
  return `${hex(key)}@${start}=${hex(value)}`
}

function storeKey(row: ModelRow): Uint8Array {
  return concat(row.key, int64(row.start), int64(row.sequence).subarray(4))
}

function timeFirst(row: ModelRow): Uint8Array {
  return concat(int64(row.start), row.key, int64(row.sequence).subarray(4))
}
