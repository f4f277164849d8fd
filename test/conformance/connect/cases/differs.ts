import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { target } from '../target/selected-target.ts'

const page = readFileSync(
  join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'compatibility.md'),
  'utf8',
)
const headings = new Set(page.split('\n').flatMap((line) => /^### (.+)$/.exec(line)?.[1] ?? []))

/**
 * What is expected where we differ from Kafka Connect on purpose.
 * @param heading of docs/compatibility.md that says so.
 */
export function differs<T>(heading: string, expected: { readonly kafkaConnect: T; readonly spillway: T }): T {
  assertDocumented(heading)
  return target.name === 'kafka-connect' ? expected.kafkaConnect : expected.spillway
}

/** Fails where docs/compatibility.md has no such heading. */
export function assertDocumented(heading: string): void {
  assert.ok(headings.has(heading), `docs/compatibility.md has no heading "${heading}"`)
}
