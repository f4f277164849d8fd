import assert from 'node:assert/strict'
import type { RawConfig } from '../../../api/src/config/config-def.ts'
import type { Schema } from '../../../api/src/data/schema.ts'
import type { SinkRecord } from '../../../api/src/data/sink-record.ts'
import { MemoryFile } from '../testing/memory-file.ts'
import { valueView } from '../views/record-views.ts'
import type { Format } from './format.ts'
import { builtInFormats } from './index.ts'

/** A format of values by its short name. */
export function formatOf(name: string, raw: RawConfig = {}): Format {
  const plugin = builtInFormats.find(({ aliases }) => aliases?.includes(name))
  assert.ok(plugin, `no format is called ${name}`)
  return plugin.create({ raw, view: valueView })
}

/** The bytes of a finished file of records with one schema. */
export async function fileOf(format: Format, records: readonly SinkRecord[]): Promise<Buffer> {
  const file = new MemoryFile()
  for (const record of records) format.append(record, file)
  const schema: Schema | null = records[0]?.valueSchema ?? null
  const pieces: Uint8Array[] = []
  const bytes = format.encode?.({ schema, spilled: file, records: records.length }) ?? file.read()
  for await (const piece of bytes) pieces.push(piece)
  return Buffer.concat(pieces)
}

export { MemoryFile }
