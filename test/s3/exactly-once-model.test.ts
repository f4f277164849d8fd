import assert, { AssertionError } from 'node:assert/strict'
import test, { type TestContext } from 'node:test'

import { BROKEN_STORES } from './model/broken-stores.ts'
import { History } from './model/exactly-once-model.ts'
import { FULL_REPLAYED, type Kind, KINDS, PER_FILE, SCHEDULED, WITH_KEYS } from './model/model-kinds.ts'

/** `npm run test:long` sets more. */
const HISTORIES = Number(process.env['SPILLWAY_MODEL_HISTORIES'] ?? 200)
const FIRST_SEED = Number(process.env['SPILLWAY_SEED'] ?? Date.now() % 1_000_000_000)
/** So many histories, from the same seed each time, may pass before a broken protocol is noticed. */
const PATIENCE = 400

for (const [name, kind] of Object.entries(KINDS)) {
  test(name, async (t) => {
    t.diagnostic(`${HISTORIES} histories, SPILLWAY_SEED=${FIRST_SEED}`)
    const events = new Map<string, number>()
    for (let i = 0; i < HISTORIES; i++) {
      for (const [event, times] of await new History({ ...kind, seed: FIRST_SEED + i }).run())
        events.set(event, (events.get(event) ?? 0) + times)
    }
    t.diagnostic([...events].map(([event, times]) => `${times} ${event}`).join(', '))
  })
}

/** Runs histories until one breaks what must hold; false where none does. */
async function isNoticed(kind: Kind, t: TestContext): Promise<boolean> {
  for (let seed = 1; seed <= PATIENCE; seed++) {
    try {
      await new History({ ...kind, seed }).run()
    } catch (error) {
      if (!((error as Error).cause instanceof AssertionError)) throw error
      t.diagnostic((error as Error).message.split('\n', 1)[0] as string)
      return true
    }
  }
  return false
}

/** What brings the breaking of a step to light; a schedule where nothing else is said. */
const REVEALING: Readonly<Record<string, Kind>> = {
  // Files that close one by one straddle what is committed, and commits that are lost leave that to the ledger.
  'the ledger is swapped whatever it says': WITH_KEYS,
  'a ledger forgets the last offsets of output partitions': PER_FILE,
  'a ledger forgets its frontier': { ...PER_FILE, losesCommits: true },
  'a ledger forgets where files are to end': WITH_KEYS,
}

for (const [name, breakStore] of Object.entries(BROKEN_STORES)) {
  test(`the model notices where ${name}`, async (t) => {
    assert.ok(await isNoticed({ ...(REVEALING[name] ?? SCHEDULED), breakStore }, t))
  })
}

test('the model notices where offsets are committed that are consumed but not durable', async (t) => {
  assert.ok(await isNoticed({ ...SCHEDULED, commitsConsumed: true }, t))
})

for (const [uncovered, what] of [
  [
    'less room',
    'a life is full before it comes to where one before it has cut, whose uploads are on their way',
  ],
  ['reset', 'an operator sets the group back behind an early cut'],
] as const) {
  test(`the model shows what docs/decisions/0010 leaves open: ${what}`, async (t) => {
    assert.ok(await isNoticed({ ...FULL_REPLAYED, uncovered }, t))
  })
}
