import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { LocalObjectStore, type ObjectStore, type RawConfig } from '@spillway/framework'
import { aivenS3SinkConnector } from '@spillway/s3-sink'
import fc from 'fast-check'

import { PARTITION, record, TOPIC } from './support/records.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { s3ConfigFor, TestBucket } from './support/test-bucket.ts'

/** Values in a run. */
const VALUES = 40
const FUZZED = Number(process.env['SPILLWAY_FUZZ_RUNS'] ?? 0)
/** A run takes a bucket of its own and a second or two, so the long suite has fewer of them than other fuzz tests. */
const RUNS = Math.max(2, Math.ceil(FUZZED / (10 * VALUES)))

const folder = mkdtempSync(join(tmpdir(), 'spillway-values-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** A store for one run, and the keys that make a connector write to it. */
interface Target extends AsyncDisposable {
  readonly store: ObjectStore
  readonly config: RawConfig
}

async function inS3(): Promise<Target> {
  const bucket = await TestBucket.create()
  return {
    store: bucket.store,
    config: bucket.config(),
    [Symbol.asyncDispose]: () => bucket[Symbol.asyncDispose](),
  }
}

let roots = 0

async function inFolder(): Promise<Target> {
  const root = join(folder, `root-${roots++}`)
  const store = new LocalObjectStore(root)
  return {
    store,
    config: {
      ...s3ConfigFor('none'),
      'storage.class': 'io.spillway.storage.LocalStorage',
      'store.url': root,
    },
    [Symbol.asyncDispose]: async () => store.close(),
  }
}

const TARGETS = { s3: inS3, 'a local folder': inFolder }

const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  {
    weight: 3,
    arbitrary: fc
      .array(
        fc.constantFrom(
          '/',
          '.',
          '..',
          '\\',
          '\u0000',
          '\u0001',
          '\n',
          '%',
          '+',
          '=',
          '~',
          'a',
          'é',
          '😀',
          '\ud800',
        ),
        {
          maxLength: 8,
        },
      )
      .map((parts) => parts.join('')),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('x', 'é', '漢', 'ab/', '😀'), fc.integer({ min: 60, max: 1100 }))
      .map(([unit, bytes]) => unit.repeat(Math.floor(bytes / Buffer.byteLength(unit)))),
  },
  // Names of objects of this very connector, as directories.
  fc
    .tuple(
      fc.constantFrom('', 'v=', 'a/'),
      fc.nat(VALUES),
      fc.constantFrom('.json', '.keys.json', '/x', '.json/x'),
    )
    .map(
      ([before, offset, ending]) =>
        `${before}${TOPIC}+${PARTITION}+${String(offset).padStart(10, '0')}${ending}`,
    ),
)

const value = fc.oneof(
  { weight: 6, arbitrary: text },
  fc.constant(null),
  fc.integer(),
  fc.double(),
  fc.boolean(),
)

interface Case {
  readonly config: Record<string, string>
  /** Under Aiven's class and keys, with the value as the record's key. */
  readonly isAivens?: true
  readonly hasLedger?: true
}

const CASES: Record<string, Case> = {
  'a field, with keys and tombstones': {
    config: {
      'partitioner.class': 'io.confluent.connect.storage.partitioner.FieldPartitioner',
      'partition.field.name': 'v',
      'store.kafka.keys': 'true',
      'keys.format.class': 'JsonFormat',
      'behavior.on.null.values': 'write',
    },
  },
  'a field, under a ledger, where no slash delimits': {
    hasLedger: true,
    config: {
      'partitioner.class': 'io.confluent.connect.storage.partitioner.FieldPartitioner',
      'partition.field.name': 'v',
      'directory.delim': '_',
      'topics.dir': '',
      'exactly.once': 'ledger',
      'filename.offset.zero.pad.width': '0',
    },
  },
  'what partition.by escapes': { config: { 'partition.by': '=value:v,const:all' } },
  'a key in a template of Aiven’s': {
    isAivens: true,
    hasLedger: true,
    config: {
      'file.name.template': '{{topic}}/{{key}}/{{partition}}-{{start_offset}}.json',
      'file.max.records': '1',
      'format.output.type': 'jsonl',
      'format.output.fields': 'value',
      'format.output.envelope': 'false',
      'file.compression.type': 'none',
    },
  },
}

function configOf(target: Target, { config, isAivens }: Case): RawConfig {
  const { config: s3 } = target
  if (isAivens !== true) return { 'behavior.on.null.values': 'ignore', ...s3, 'flush.size': '7', ...config }
  const aivens = ['aws.access.key.id', 'aws.secret.access.key'].map(
    (name) => [name, s3[name] ?? null] as const,
  )
  return {
    'aws.s3.bucket.name': s3['s3.bucket.name'] ?? null,
    'aws.s3.endpoint': s3['store.url'] ?? null,
    ...Object.fromEntries(aivens),
    ...config,
  }
}

/**
 * Every record is in one object, read back under the key that the store lists, or was reported; the task goes on. A
 * life that reads the same again judges alike.
 */
async function everyRecordIsSomewhere(target: Target, one: Case, values: readonly unknown[]): Promise<void> {
  const judged: number[][] = []
  for (const life of [1, 2]) {
    const task = one.isAivens === true ? { task: await aivenS3SinkConnector.createTask() } : {}
    const driver = new SinkDriver({ reports: true, ...task })
    await driver.start(configOf(target, one), [{ topic: TOPIC, partition: PARTITION }])
    for (const [i, v] of values.entries()) {
      const key = one.isAivens === true ? v : `k${i}`
      await driver.put(record(i, { key, value: v === undefined ? null : { v, i } }))
    }
    // These make that all before them is committed.
    for (let i = 0; i < 7; i++)
      await driver.put(record(values.length + i, { key: 'end', value: { v: 'end', i: -1 } }))
    await driver.settle()
    await driver.put()
    for (const { error } of driver.reported)
      assert.match((error as Error).message, new RegExp(`${TOPIC}-${PARTITION}@|Skipping null value`))
    const refused = driver.reported.map(({ record: { kafkaOffset } }) => Number(kafkaOffset))
    judged.push(refused)
    await driver.stop()
    if (life === 1) await expectWritten(target.store, values, refused)
  }
  // Under a ledger what was reported before its frontier is over.
  const [first = [], again = []] = judged
  assert.deepEqual(again, one.hasLedger === true ? first.filter((i) => again.includes(i)) : first)
}

async function expectWritten(
  store: ObjectStore,
  values: readonly unknown[],
  refused: readonly number[],
): Promise<void> {
  const found: number[] = []
  for await (const { key } of store.list('')) {
    if (key.includes('_spillway') || !key.endsWith('.json')) continue
    const isTombstones = key.startsWith(`topics/${TOPIC}/tombstone/`)
    if (key.endsWith('.keys.json') && !isTombstones) continue
    const text = (await store.get(key))?.body.toString() ?? ''
    for (const line of text.split('\n').filter((part) => part !== '')) {
      const parsed = JSON.parse(line) as { i: number } | string | null
      if (typeof parsed === 'string') found.push(Number(parsed.slice(1)))
      else if (parsed !== null && parsed.i >= 0) found.push(parsed.i)
    }
  }
  const missing = new Set([...values.keys()].filter((i) => !found.includes(i) && !refused.includes(i)))
  // Aiven's connector writes a null as one.
  for (const i of missing) if (values[i] === undefined) missing.delete(i)
  assert.deepEqual([...missing], [], 'each record is in an object or was reported')
  assert.equal(new Set(found).size, found.length, 'none is in two objects')
  assert.deepEqual(
    found.filter((i) => refused.includes(i)),
    [],
    'what was reported is in none',
  )
}

for (const [where, create] of Object.entries(TARGETS)) {
  suite(`any value as part of an object key, in ${where}`, () => {
    for (const [name, one] of Object.entries(CASES)) {
      if (one.isAivens === true && create !== inS3) continue
      test(name, async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.oneof({ weight: 20, arbitrary: value }, fc.constant(undefined)), {
              minLength: VALUES,
              maxLength: VALUES,
            }),
            async (values) => {
              await using target = await create()
              await everyRecordIsSomewhere(target, one, values)
            },
          ),
          { numRuns: RUNS, endOnFailure: true },
        )
      })
    }
  })
}

test('where nobody takes bad records, the task fails and says which record, what name and why', async () => {
  await using target = await inFolder()
  const driver = new SinkDriver()
  const config = { ...target.config, ...CASES['a field, with keys and tombstones']?.config }
  await driver.start(config, [{ topic: TOPIC, partition: PARTITION }])
  await driver.put(record(0, { key: 'k', value: { v: 'fine' } }))
  await assert.rejects(driver.put(record(1, { key: 'k', value: { v: 'x/../../etc' } })), {
    message: new RegExp(
      `^Record ${TOPIC}-${PARTITION}@1 cannot be written: .* it has an element '\\.\\.', which leads elsewhere\\. It would be ` +
        `"topics/${TOPIC}/v=x/\\.\\./\\.\\./etc/.*Repair or skip the record`,
    ),
  })
  await driver.stop()
})

test('a key is used up to its last byte, and offsets with more digits are judged in a file that is open', async () => {
  await using target = await inFolder()
  const driver = new SinkDriver({ reports: true })
  const config = {
    ...target.config,
    'flush.size': '3',
    'filename.offset.zero.pad.width': '0',
    'partitioner.class': 'io.confluent.connect.storage.partitioner.FieldPartitioner',
    'partition.field.name': 'v',
  }
  await driver.start(config, [{ topic: TOPIC, partition: PARTITION }])
  const keyOf = (value: string): string => `topics/${TOPIC}/v=${value}/${TOPIC}+${PARTITION}+8.json`
  const v = 'ab/'.repeat(400).slice(0, 1024 - keyOf('').length)
  assert.equal(Buffer.byteLength(keyOf(v)), 1024)
  for (const i of [8, 9, 10, 11]) await driver.put(record(i, { value: { v, i } }))
  await driver.put(record(12, { value: { v: 'other', i: 12 } }))
  await driver.settle()
  assert.deepEqual(
    driver.reported.map(({ record: { kafkaOffset } }) => kafkaOffset),
    [10n, 11n],
  )
  const body = (await target.store.get(keyOf(v)))?.body.toString() ?? ''
  assert.deepEqual(
    body
      .split('\n')
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as { i: number }).i),
    [8, 9],
  )
  await driver.stop()
})
