import type { SinkRecord } from '@spillway/api'
import type { FileBuffer } from '../spill/spill-buffer.ts'
import type { FinishedFile, Format } from './format.ts'
import { appendRow, rowGroups } from './row-spill.ts'

const SCAN_BYTES = 1024 * 1024

/** A format whose files hold the last of their records alone, for objects that stand for the latest state of a key. */
export function latestOnly(inner: Format): Format {
  return {
    extension: inner.extension,
    contentType: inner.contentType,
    append(record: SinkRecord, file: FileBuffer) {
      const one = new OneRecord()
      inner.append(record, one)
      appendRow(one.content, file)
    },
    async *encode(file: FinishedFile) {
      let latest: Buffer | undefined
      for await (const rows of rowGroups(file.spilled, SCAN_BYTES)) latest = rows.at(-1)
      const spilled = new OneRecord(latest)
      yield* inner.encode?.({ schema: file.schema, spilled, records: 1 }) ?? spilled.read()
    },
  }
}

/** The bytes that a format makes of one record. */
class OneRecord implements FileBuffer {
  #content: Buffer

  constructor(content: Buffer = Buffer.alloc(0)) {
    this.#content = content
  }

  get content(): Buffer {
    return this.#content
  }

  get bytes(): number {
    return this.#content.length
  }

  get memoryBytes(): number {
    return this.#content.length
  }

  append(bytes: Uint8Array, more: Uint8Array = Buffer.alloc(0)): void {
    this.#content = Buffer.concat([this.#content, bytes, more])
  }

  async *read(from = 0): AsyncIterable<Buffer> {
    if (this.#content.length > from) yield this.#content.subarray(from)
  }

  discard(): void {}

  release(): void {
    this.#content = Buffer.alloc(0)
  }
}
