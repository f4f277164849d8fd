import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { StoreEngine } from '../index.ts'
import { SqliteStoreEngine } from '../index.ts'
import { betterThan, caseNames, caseTopologies, expectedOutputs, loadCase } from './cases.ts'
import { runCase } from './run-case.ts'

function check(name: string, persistent?: StoreEngine): void {
  const golden = loadCase(name)
  const build = caseTopologies[name]
  assert.ok(build !== undefined, `case ${name} has no topology`)
  const result = runCase(golden, build, persistent === undefined ? {} : { persistent })
  assert.deepEqual(result.outputs, expectedOutputs(name), 'outputs')
  assert.deepEqual(result.error, golden.expectedError ?? null, 'error')
  if (golden.describe !== undefined) assert.equal(result.describe, golden.describe)
  if (golden.internalTopics !== undefined) assert.deepEqual(result.internalTopics, golden.internalTopics)
  if (
    result.droppedRecords !== null &&
    golden.droppedRecords !== undefined &&
    betterThan[name] === undefined
  ) {
    assert.equal(result.droppedRecords, golden.droppedRecords, 'dropped records')
  }
  if (golden.stores !== undefined) assert.deepEqual(result.stores, golden.stores, 'stores')
  if (golden.changelogs !== undefined) assert.deepEqual(result.changelogs, golden.changelogs, 'changelogs')
  if (golden.producedTopics !== undefined && golden.expectedError === undefined) {
    assert.deepEqual(result.producedTopics, golden.producedTopics, 'produced topics')
  }
}

describe('cases of Kafka Streams 4.3.1', () => {
  for (const name of caseNames) test(`${name} with stores in memory`, () => check(name))

  for (const name of caseNames) {
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
