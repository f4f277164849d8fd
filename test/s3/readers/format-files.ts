import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ByteBudget,
  type FormatPlugin,
  openSpillBuffer,
  type RawConfig,
  type RecordView,
  type SinkRecord,
  type SpillBuffer,
  valueView,
} from '@spillway/framework'

const DISK_BYTES = 256 * 1024 * 1024

/** What a format made of some records. */
export interface FormatFile {
  readonly body: Buffer
  readonly written: readonly SinkRecord[]
  /** Records that were refused as bad ones, and why. */
  readonly refused: readonly { readonly record: SinkRecord; readonly message: string }[]
}

/** Makes files by way of a spill buffer as a task does, without a store. */
export class FormatFiles {
  readonly #directory = mkdtempSync(join(tmpdir(), 'spillway-formats-'))
  readonly #spill: SpillBuffer

  /** @param memoryBytes 0: every byte goes over the disk. */
  constructor(memoryBytes: number) {
    this.#spill = openSpillBuffer({
      directory: this.#directory,
      memory: new ByteBudget(memoryBytes),
      disk: new ByteBudget(DISK_BYTES),
    })
  }

  /** @param raw the connector's configuration. */
  async file(
    plugin: FormatPlugin,
    records: readonly SinkRecord[],
    raw: RawConfig = {},
    view: RecordView = valueView,
  ): Promise<FormatFile> {
    const format = plugin.create({ raw, view })
    const spilled = this.#spill.openFile()
    const written: SinkRecord[] = []
    const refused: { record: SinkRecord; message: string }[] = []
    for (const record of records) {
      const before = spilled.bytes
      try {
        format.append(record, spilled)
        written.push(record)
      } catch (error) {
        assert.equal(
          (error as { code?: unknown }).code,
          'CONNECT_DATA',
          `one record stops the task: ${String(error)}`,
        )
        assert.equal(spilled.bytes, before, 'a record that was refused left bytes')
        refused.push({ record, message: (error as Error).message })
      }
    }
    const [first] = written
    const pieces: Uint8Array[] = []
    if (first !== undefined) {
      const file = { schema: view.schema(first), spilled, records: written.length }
      for await (const piece of format.encode?.(file) ?? spilled.read()) pieces.push(Buffer.from(piece))
    }
    spilled.release()
    return { body: Buffer.concat(pieces), written, refused }
  }

  close(): void {
    this.#spill.close()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
