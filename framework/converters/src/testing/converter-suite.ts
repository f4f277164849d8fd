import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Converter, DataError } from '@spillway/api'
import { leftToRun, type SkippedTests } from '@spillway/api/testing'
import fc from 'fast-check'
import { type Sample, samples } from './connect-arbitraries.ts'
import { mutate, randomOf } from './mutate.ts'
import { plainValue } from './plain-value.ts'
import { check, fuzzRuns, seed } from './property-runs.ts'

/** What {@link converterConformance} tests. */
export interface ConverterUnderTest {
  /** Begins the name of each test. */
  readonly name: string
  /** Makes a configured converter of values. Those of one test share whatever registry stands behind them. */
  readonly create: () => Converter | Promise<Converter>
  /** Values that it holds: a list, or random ones. Absent: random values of every schema ({@link samples}). */
  readonly samples?: readonly Sample[] | fc.Arbitrary<Sample>
  /** True where what is read has the very schema that was written; otherwise its type is the same. Default false. */
  readonly keepsSchemas?: boolean
  /** True where it makes a value of any bytes. Default false: then some that were damaged must be refused. */
  readonly readsAnyBytes?: boolean
  /** First bytes that stay whole when bytes are damaged, such as the id of a schema. Default 0. */
  readonly headBytes?: number
  /** How many random values are written and read; the other properties take a quarter of it. Default 100. */
  readonly runs?: number
  readonly skip?: readonly SkippedTests[]
}

interface Subject extends Required<Omit<ConverterUnderTest, 'samples' | 'skip'>> {
  /** Tries what has to hold with each value of the list, or with so many random ones. */
  readonly eachSample: (runs: number, holds: (sample: Sample) => Promise<void>) => Promise<void>
  /** A converter that is closed after the test. */
  readonly converter: () => Promise<Converter>
  /** A topic of its own, so that no schema has an earlier version. */
  readonly topic: () => string
}

interface Case {
  readonly name: string
  readonly run: (subject: Subject) => Promise<void>
}

let topics = 0

/** What every {@link Converter} must do: declares a test per claim. */
export function converterConformance(tested: ConverterUnderTest): void {
  const { name, create, skip } = tested
  describe(`Converter: ${name}`, () => {
    for (const each of leftToRun(cases, skip)) {
      test(each.name, async () => {
        const made: Converter[] = []
        try {
          await each.run({
            keepsSchemas: false,
            readsAnyBytes: false,
            headBytes: 0,
            runs: 100,
            ...tested,
            eachSample: (runs, holds) => eachOf(tested.samples ?? samples(), runs, holds),
            converter: async () => {
              const converter = await create()
              made.push(converter)
              return converter
            },
            topic: () => `conformance-${topics++}`,
          })
        } finally {
          for (const converter of made) await converter.close?.()
        }
      })
    }
  })
}

async function eachOf(
  values: readonly Sample[] | fc.Arbitrary<Sample>,
  runs: number,
  holds: (sample: Sample) => Promise<void>,
): Promise<void> {
  if (values instanceof fc.Arbitrary) await check(values, Math.ceil(runs), holds)
  else for (const sample of values) await holds(sample)
}

const cases: readonly Case[] = [
  {
    name: 'a value that is written by one is read by another',
    async run({ converter, topic, eachSample, keepsSchemas, runs }) {
      const [writer, reader] = [await converter(), await converter()]
      await eachSample(runs, async ({ schema, value }) => {
        const to = topic()
        const bytes = await writer.fromConnectData(to, schema, value)
        const read = await reader.toConnectData(to, bytes, [])
        assert.deepEqual(plainValue(read.value), plainValue(value), String(bytes))
        if (bytes === null) return
        if (keepsSchemas) assert.ok(read.schema?.equals(schema), String(bytes))
        else assert.equal(read.schema?.type, schema.type)
      })
    },
  },
  {
    name: 'no bytes are no value, and no value is no bytes or such as are read as none',
    async run({ converter, topic }) {
      const subject = await converter()
      const to = topic()
      assert.equal((await subject.toConnectData(to, null, [])).value, null)
      const bytes = await subject.fromConnectData(to, null, null)
      assert.equal((await subject.toConnectData(to, bytes, [])).value, null)
    },
  },
  {
    name: 'a value is written as the same bytes each time, so that equal keys are one key',
    async run({ converter, topic, eachSample, runs }) {
      const [first, second] = [await converter(), await converter()]
      await eachSample(runs / 4, async ({ schema, value }) => {
        const to = topic()
        const bytes = await first.fromConnectData(to, schema, value)
        assert.deepEqual(await first.fromConnectData(to, schema, value), bytes)
        assert.deepEqual(await second.fromConnectData(to, schema, value), bytes)
      })
    },
  },
  {
    name: 'bytes that it reads stay as they are, and what it has written too',
    async run({ converter, topic, eachSample, runs }) {
      const subject = await converter()
      const kept: [Buffer, string][] = []
      await eachSample(runs / 4, async ({ schema, value }) => {
        const to = topic()
        const bytes = await subject.fromConnectData(to, schema, value)
        if (bytes === null) return
        kept.push([bytes, bytes.toString('hex')])
        plainValue((await subject.toConnectData(to, bytes, [])).value)
        for (const [earlier, text] of kept.slice(-10)) assert.equal(earlier.toString('hex'), text)
      })
    },
  },
  {
    name: 'damaged bytes are a value or a DataError, and never another error',
    async run({ converter, topic, eachSample, headBytes, readsAnyBytes }) {
      const subject = await converter()
      const random = randomOf(seed())
      const perValue = Math.ceil(fuzzRuns(1_000) / 10)
      let refused = 0
      await eachSample(10, async ({ schema, value }) => {
        const to = topic()
        const bytes = await subject.fromConnectData(to, schema, value)
        if (bytes === null) return
        for (let i = perValue; i > 0; i--) {
          const [head, rest] = [bytes.subarray(0, headBytes), bytes.subarray(headBytes)]
          const damaged = Buffer.concat([head, mutate(rest, random)])
          const error = await errorOf(async () => {
            plainValue((await subject.toConnectData(to, damaged, [])).value)
          })
          if (error === undefined) continue
          refused++
          assert.ok(error instanceof DataError, `${String(error)}: ${damaged.toString('hex')}`)
        }
      })
      assert.ok(readsAnyBytes || refused > 0, 'no bytes were refused, however they were damaged')
    },
  },
  {
    name: 'a value of another schema is written or a DataError, and never another error',
    async run({ converter, topic, eachSample, runs }) {
      const subject = await converter()
      const others = fc.sample(samples(), { numRuns: runs, seed: seed() })
      let next = 0
      await eachSample(runs / 4, async ({ schema }) => {
        for (let tries = 0; tries < 3; tries++) {
          const other = others[next++ % others.length]
          const error = await errorOf(() => subject.fromConnectData(topic(), schema, other?.value))
          assert.ok(error === undefined || error instanceof DataError, String(error))
        }
      })
    },
  },
  {
    name: 'may be closed twice',
    async run({ converter }) {
      const subject = await converter()
      await subject.close?.()
      await subject.close?.()
    },
  },
]

async function errorOf(action: () => unknown): Promise<unknown> {
  try {
    await action()
    return undefined
  } catch (error) {
    return error
  }
}
