import type { Schema } from './schema.ts'

/** A header with its schema; schemaless where the converter gave none (Java: `Header`). */
export interface Header {
  readonly key: string
  readonly schema: Schema | null
  readonly value: unknown
}

/** The headers of a record in order; a key may occur more than once (Java: `ConnectHeaders`). */
export class Headers implements Iterable<Header> {
  #headers: Header[]

  constructor(headers: Iterable<Header> = []) {
    this.#headers = [...headers]
  }

  get size(): number {
    return this.#headers.length
  }

  [Symbol.iterator](): Iterator<Header> {
    return this.#headers[Symbol.iterator]()
  }

  add(key: string, value: unknown, schema: Schema | null = null): this {
    this.#headers.push({ key, schema, value })
    return this
  }

  allWithName(key: string): Header[] {
    return this.#headers.filter((header) => header.key === key)
  }

  lastWithName(key: string): Header | undefined {
    return this.#headers.findLast((header) => header.key === key)
  }

  remove(key: string): this {
    this.#headers = this.#headers.filter((header) => header.key !== key)
    return this
  }

  /** A copy that can be changed without changing this. */
  duplicate(): Headers {
    return new Headers(this.#headers)
  }
}
