import { Buffer } from 'node:buffer'

/** One record header. Corresponds to Java's `Header`. */
export interface Header {
  readonly key: string
  readonly value: Uint8Array | null
}

/** What headers can be made from: pairs with text or bytes as values. */
export type HeadersInit = Headers | Readonly<Record<string, string | Uint8Array | null>> | Iterable<Header>

const none: readonly Header[] = []

/** The headers of a record, in order, keys may repeat. Corresponds to Java's `Headers`. */
export class Headers implements Iterable<Header> {
  #entries: readonly Header[] = none

  /** Copies from other headers, an object of texts or bytes, or a list. */
  static from(init?: HeadersInit | null): Headers {
    const headers = new Headers()
    if (init === undefined || init === null) return headers
    if (init instanceof Headers) return init.copy()
    if (Symbol.iterator in init) {
      for (const { key, value } of init as Iterable<Header>) headers.add(key, value)
      return headers
    }
    for (const [key, value] of Object.entries(init)) headers.add(key, value)
    return headers
  }

  /** Over entries that nobody changes any more: nothing is copied. */
  static over(entries: readonly Header[]): Headers {
    const headers = new Headers()
    headers.#entries = entries
    return headers
  }

  get size(): number {
    return this.#entries.length
  }

  /** Appends a header; text is written as UTF-8. */
  add(key: string, value: string | Uint8Array | null): this {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
    this.#entries = [...this.#entries, { key, value: bytes }]
    return this
  }

  /** Removes all headers of that key. */
  remove(key: string): this {
    this.#entries = this.#entries.filter((header) => header.key !== key)
    return this
  }

  /** The newest header of that key. */
  lastHeader(key: string): Header | null {
    for (let index = this.#entries.length - 1; index >= 0; index--) {
      const header = this.#entries[index] as Header
      if (header.key === key) return header
    }
    return null
  }

  /** The newest value of that key as UTF-8 text, null when there is none. */
  last(key: string): string | null {
    const value = this.lastHeader(key)?.value
    return value === undefined || value === null ? null : Buffer.from(value).toString('utf8')
  }

  /** All headers of that key, oldest first. */
  headers(key: string): readonly Header[] {
    return this.#entries.filter((header) => header.key === key)
  }

  toArray(): readonly Header[] {
    return this.#entries
  }

  /** Values as text by key, the newest of each key. */
  toObject(): Record<string, string | null> {
    return Object.fromEntries(
      this.#entries.map(({ key, value }) => [
        key,
        value === null ? null : Buffer.from(value).toString('utf8'),
      ]),
    )
  }

  /** An independent copy; cheap, since entries are never changed in place. */
  copy(): Headers {
    const copy = new Headers()
    copy.#entries = this.#entries
    return copy
  }

  [Symbol.iterator](): Iterator<Header> {
    return this.#entries[Symbol.iterator]()
  }
}
