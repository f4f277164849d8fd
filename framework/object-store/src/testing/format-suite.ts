import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DataError, Headers, type RawConfig, type Schema, SinkRecord } from '@spillway/api'
import { leftToRun, type SkippedTests } from '@spillway/api/testing'
import type { Format, FormatPlugin, RecordView } from '../formats/format.ts'
import { SpillFullError } from '../spill/spill-errors.ts'
import { valueView } from '../views/record-views.ts'
import { MemoryFile, type MemoryFileOptions } from './memory-file.ts'

/** A value of a record, and its schema; null where it has none. */
export interface FormatSample {
  readonly schema: Schema | null
  readonly value: unknown
}

/** What {@link formatConformance} tests. */
export interface FormatUnderTest {
  /** Begins the name of each test. */
  readonly name: string
  /** What `format.class` would name. */
  readonly plugin: FormatPlugin
  /** The connector's configuration. */
  readonly raw?: RawConfig
  /** Two values or more that go to one file: all of one schema, and no two of them the same. */
  readonly values: readonly FormatSample[]
  /** Values that it cannot hold. */
  readonly refuses?: readonly FormatSample[]
  /** What a reader of such files finds in one: for each value what {@link rows} has for it. */
  readonly read: (file: Buffer) => readonly unknown[] | Promise<readonly unknown[]>
  readonly rows: readonly unknown[]
  readonly skip?: readonly SkippedTests[]
}

interface Subject {
  readonly tested: FormatUnderTest
  /** Another instance each time. */
  readonly format: (view?: RecordView) => Format
  readonly records: readonly SinkRecord[]
}

interface Case {
  readonly name: string
  readonly run: (subject: Subject) => Promise<void>
}

/** What every {@link Format} must do: declares a test per claim. */
export function formatConformance(tested: FormatUnderTest): void {
  const { name, plugin, raw = {}, values, skip } = tested
  assert.ok(values.length > 1, 'the suite needs two values at least')
  describe(`Format: ${name}`, () => {
    for (const each of leftToRun(cases, skip)) {
      test(each.name, () =>
        each.run({
          tested,
          format: (view = valueView) => plugin.create({ raw, view }),
          records: values.map(recordOf),
        }),
      )
    }
  })
}

function recordOf({ schema, value }: FormatSample, offset: number): SinkRecord {
  return new SinkRecord({
    topic: 'conformance',
    kafkaPartition: 0,
    keySchema: null,
    key: null,
    valueSchema: schema,
    value,
    kafkaOffset: BigInt(offset),
    timestamp: null,
    timestampType: 'CreateTime',
    headers: new Headers(),
  })
}

/** The bytes of a finished file. */
async function bytesOf(format: Format, spilled: MemoryFile, records: readonly SinkRecord[]): Promise<Buffer> {
  const schema = records[0]?.valueSchema ?? null
  const finished = { schema, spilled, records: records.length }
  const pieces: Uint8Array[] = []
  for await (const piece of format.encode?.(finished) ?? spilled.read()) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

async function written(
  format: Format,
  records: readonly SinkRecord[],
  options: MemoryFileOptions = {},
): Promise<Buffer> {
  const file = new MemoryFile(options)
  for (const record of records) format.append(record, file)
  return bytesOf(format, file, records)
}

const cases: readonly Case[] = [
  {
    name: 'says what it is, and what its files are',
    async run({ tested: { plugin }, format }) {
      assert.equal(plugin.kind, 'format')
      assert.match(plugin.className, /^\S+$/)
      assert.match(plugin.doc, /\S/)
      assert.match(format().extension, /^\.[\w.-]+$/)
      assert.match(format().contentType, /^[\w.+-]+\/[\w.+-]+/)
    },
  },
  {
    name: 'a file holds its records in order',
    async run({ tested: { read, rows }, format, records }) {
      assert.deepEqual(await read(await written(format(), records)), rows)
    },
  },
  {
    name: 'files that are open at once hold each its own',
    async run({ tested: { read, rows }, format, records }) {
      const both = format()
      const [forward, backward] = [new MemoryFile(), new MemoryFile()]
      const reversed = records.toReversed()
      for (const [i, record] of records.entries()) {
        both.append(record, forward)
        both.append(reversed[i] as SinkRecord, backward)
      }
      assert.deepEqual(await read(await bytesOf(both, backward, reversed)), rows.toReversed())
      assert.deepEqual(await read(await bytesOf(both, forward, records)), rows)
    },
  },
  {
    name: 'the same records give the same bytes: again, and from another instance',
    async run({ format, records }) {
      const first = format()
      const file = new MemoryFile()
      for (const record of records) first.append(record, file)
      const bytes = await bytesOf(first, file, records)
      assert.ok((await bytesOf(first, file, records)).equals(bytes), 'asked for again')
      assert.ok((await written(first, records)).equals(bytes), 'written again')
      assert.ok((await written(format(), records)).equals(bytes), 'written by another')
    },
  },
  {
    name: 'an open file keeps nothing but what was appended: another instance goes on with it',
    async run({ format, records }) {
      const file = new MemoryFile()
      for (const record of records) format().append(record, file)
      const bytes = await bytesOf(format(), file, records)
      assert.ok(bytes.equals(await written(format(), records)))
    },
  },
  {
    name: 'what was spilled may come back in pieces of any size, each valid until the next',
    async run({ format, records }) {
      const whole = await written(format(), records)
      for (const pieces of [[1], [2, 3], [7], [64, 1]]) {
        assert.ok(
          (await written(format(), records, { pieces })).equals(whole),
          `pieces of ${pieces.join(', ')}`,
        )
      }
    },
  },
  {
    name: 'where the buffer has no room nothing of the record is added, and it can be appended again',
    async run({ format, records }) {
      const counted = new MemoryFile()
      for (const record of records) format().append(record, counted)
      assert.ok(counted.calls > 0, 'nothing was appended')
      const whole = await written(format(), records)
      for (let full = 0; full < counted.calls; full++) {
        const own = format()
        const file = new MemoryFile({ isFull: (call) => call === full })
        for (const record of records) {
          const before = file.bytes
          try {
            own.append(record, file)
          } catch (error) {
            assert.ok(error instanceof SpillFullError, String(error))
            assert.equal(file.bytes, before, 'a part of the record was added')
            own.append(record, file)
          }
        }
        assert.ok((await bytesOf(own, file, records)).equals(whole), `no room at call ${full}`)
      }
    },
  },
  {
    name: 'a record that it cannot hold is a DataError, adds nothing, and spoils nothing',
    async run({ tested: { refuses = [], read, rows }, format, records }) {
      const own = format()
      const file = new MemoryFile()
      for (const record of records) {
        for (const bad of refuses.map(recordOf)) {
          const before = file.bytes
          assert.throws(() => own.append(bad, file), DataError)
          assert.equal(file.bytes, before, 'a part of the record was added')
        }
        own.append(record, file)
      }
      assert.deepEqual(await read(await bytesOf(own, file, records)), rows)
    },
  },
  {
    name: 'it writes what its view shows, which may be the key',
    async run({ tested: { read, rows }, format, records }) {
      const keys: RecordView = {
        name: 'value',
        schema: (record) => record.keySchema,
        value: (record) => record.key,
        text: () => null,
      }
      const keyed = records.map(
        (record) =>
          new SinkRecord({
            ...record,
            keySchema: record.valueSchema,
            key: record.value,
            valueSchema: null,
            value: { not: 'this' },
          }),
      )
      const own = format(keys)
      const file = new MemoryFile()
      for (const record of keyed) own.append(record, file)
      assert.deepEqual(await read(await bytesOf(own, file, records)), rows)
    },
  },
]
