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

test('where half of the commits to the group are lost, the ledgers alone make every record be in one object', async (t) => {
  t.diagnostic(`${HISTORIES} histories, SPILLWAY_SEED=${FIRST_SEED}`)
  for (let i = 0; i < HISTORIES; i++) {
    await new History({ seed: FIRST_SEED + i, config: files, losesCommits: true }).run()
  }
})

/** Runs histories until one fails. */
async function isNoticed(options: Omit<HistoryOptions, 'seed'>): Promise<boolean> {
  for (let seed = 1; seed <= PATIENCE; seed++) {
    try {
      await new History({ ...options, seed }).run()
    } catch {
      return true
    }
  }
  return false
}

for (const [name, breakStore] of Object.entries(BROKEN_STORES)) {
  test(`the model notices where ${name}`, async () => {
    // Files that close one by one straddle what is committed, and commits that are lost leave that to the ledger.
    const options = name.includes('frontier') ? { config: files, losesCommits: true } : { config: schedule }
    assert.ok(await isNoticed({ ...options, breakStore }))
  })
}

test('the model notices where offsets are committed that are consumed but not durable', async () => {
  assert.ok(await isNoticed({ config: schedule, commitsConsumed: true }))
})
