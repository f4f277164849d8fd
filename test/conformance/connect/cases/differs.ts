import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { target } from '../target/selected-target.ts'

const page = readFileSync(
  join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'compatibility.md'),
  'utf8',
)
const rows = new Set(
  page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split(' | ')[0]?.slice(2).trim()),
)

/**
 * What is expected where we differ from Kafka Connect on purpose.
 * @param row first column of the row of docs/compatibility.md that says so.
 */
export function differs<T>(row: string, expected: { readonly kafkaConnect: T; readonly spillway: T }): T {
  assertDocumented(row)
  return target.name === 'kafka-connect' ? expected.kafkaConnect : expected.spillway
}

/** Fails where docs/compatibility.md has no row that begins so. */
export function assertDocumented(row: string): void {
  assert.ok(rows.has(row), `docs/compatibility.md has no row "${row}"`)
}
