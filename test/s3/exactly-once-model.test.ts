import assert from 'node:assert/strict'
import test from 'node:test'
import type { RawConfig } from '@spillway/framework'

import { BROKEN_STORES } from './model/broken-stores.ts'
import { History, type HistoryOptions } from './model/exactly-once-model.ts'

/** `npm run test:long` sets more. */
const HISTORIES = Number(process.env['SPILLWAY_MODEL_HISTORIES'] ?? 200)
const FIRST_SEED = Number(process.env['SPILLWAY_SEED'] ?? Date.now() % 1_000_000_000)
/** So many histories may pass before a broken protocol is noticed. */
const PATIENCE = 400

const schedule = { 'rotate.schedule.interval.ms': '100000', timezone: 'UTC' }
const files = { 'rotate.file.bytes': '100', 'rotate.file.age.ms': '90000' }
const COMPANIONS = {
  'store.kafka.keys': 'true',
  'keys.format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
}
/** So little room for open files that it is full after some twenty records. */
const full = { bufferBytes: 256 * 1024, fillerBytes: 24_000 }
const replayed = { ...full, config: { 'flush.size': '37' }, replaces: true }
const ROTATIONS: Readonly<Record<string, RawConfig>> = {
  'rotate.schedule.interval.ms': schedule,
  'flush.size and a schedule': { ...schedule, 'flush.size': '5' },
  'rotate.file.bytes and age': files,
  'rotate.file.age.ms': { 'rotate.file.age.ms': '60000' },
  'rotate.idle.ms': { 'rotate.idle.ms': '40000' },
  'rotate.lateness.ms and idle': { 'rotate.lateness.ms': '4000', 'rotate.idle.ms': '90000' },
}

for (const [name, config] of Object.entries(ROTATIONS)) {
  test(`under ${name} every record is in one object, whatever crashes, freezes or is lost`, async (t) => {
    t.diagnostic(`${HISTORIES} histories, SPILLWAY_SEED=${FIRST_SEED}`)
    for (let i = 0; i < HISTORIES; i++) await new History({ seed: FIRST_SEED + i, config }).run()
  })
}

test('where buffers are full and files are committed early, under a limit of single files', async (t) => {
  t.diagnostic(`${HISTORIES} histories, SPILLWAY_SEED=${FIRST_SEED}`)
  const config = { 'rotate.file.age.ms': '10000000' }
  for (let i = 0; i < HISTORIES; i++) await new History({ seed: FIRST_SEED + i, config, ...full }).run()
})

test('where buffers are full under rotation that a replay repeats, all lives cut at the same offsets', async (t) => {
  t.diagnostic(`${HISTORIES} histories, SPILLWAY_SEED=${FIRST_SEED}`)
  for (let i = 0; i < HISTORIES; i++) await new History({ seed: FIRST_SEED + i, ...replayed }).run()
})

test('where half of the commits to the group are lost, the ledgers alone make every record be in one object', async (t) => {
  t.diagnostic(`${HISTORIES} histories, SPILLWAY_SEED=${FIRST_SEED}`)
  for (let i = 0; i < HISTORIES; i++) {
    await new History({ seed: FIRST_SEED + i, config: files, losesCommits: true }).run()
  }
})

for (const [name, rotation] of Object.entries({ 'a schedule': schedule, 'limits of single files': files })) {
  test(`under ${name} every object of values has the keys of its records beside it, at any moment`, async (t) => {
    t.diagnostic(`${HISTORIES} histories, SPILLWAY_SEED=${FIRST_SEED}`)
    const config = { ...rotation, ...COMPANIONS }
    for (let i = 0; i < HISTORIES; i++) await new History({ seed: FIRST_SEED + i, config }).run()
  })
}

test('with files of several schemas open at once, every record is in one object of its schema', async (t) => {
  t.diagnostic(`${HISTORIES} histories, SPILLWAY_SEED=${FIRST_SEED}`)
  const config = { ...schedule, 'schema.max.open.versions': '2' }
  for (let i = 0; i < HISTORIES; i++)
    await new History({ seed: FIRST_SEED + i, config, hasSchemas: true }).run()
})

/** Runs histories until one fails. */
async function isNoticed(options: Omit<HistoryOptions, 'seed'>, firstSeed = 1): Promise<boolean> {
  for (let seed = firstSeed; seed <= firstSeed + PATIENCE; seed++) {
    try {
      await new History({ ...options, seed }).run()
    } catch {
      return true
    }
  }
  return false
}

/** What brings the breaking of a step to light; a schedule where nothing else is said. */
const REVEALING: Readonly<Record<string, Omit<HistoryOptions, 'seed'>>> = {
  // Files that close one by one straddle what is committed, and commits that are lost leave that to the ledger.
  'a ledger forgets its frontier': { config: files, losesCommits: true },
  'a ledger forgets where files are to end': { config: { 'rotate.idle.ms': '10000', ...COMPANIONS } },
}
/** It takes keys that arrive when another life has written their values: so rare that the search begins near one. */
const FIRST_SEEDS: Readonly<Record<string, number>> = { 'a ledger forgets where files are to end': 220 }

for (const [name, breakStore] of Object.entries(BROKEN_STORES)) {
  test(`the model notices where ${name}`, async () => {
    const options = REVEALING[name] ?? { config: schedule }
    assert.ok(await isNoticed({ ...options, breakStore }, FIRST_SEEDS[name]))
  })
}

test('the model notices where offsets are committed that are consumed but not durable', async () => {
  assert.ok(await isNoticed({ config: schedule, commitsConsumed: true }))
})
