import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { runSuite } from '../support/run-suite.ts'

const FIXTURE = join(import.meta.dirname, 'fixtures', 'broken-dialect.ts')

/** Faults of the fixture, and a test of the suite of dialects that has to fail for each. */
const FAULTS: Readonly<Record<string, string>> = {
  'upserts insert': 'an upsert changes the rows that are there, and adds the others',
  'savepoints undo nothing': 'a part can be undone up to its savepoint, and the transaction goes on',
  'names are not quoted':
    'names may be anything: quotes, blanks, dots, capitals, other letters, words of SQL',
  'texts are cut': 'keys of STRING are the rows of their values, each of its own',
  'no failure is known': 'a key that is there already is the fault of the record',
}

const run = (fault: string) =>
  runSuite(FIXTURE, { args: ['--conditions=development'], env: { FAULT: fault } })

test('the suite of dialects passes a dialect without a fault', async () => {
  const { status, failed, passed, output } = await run('none')
  assert.deepEqual([status, failed], [0, []], output)
  assert.ok(passed > 20, output)
})

for (const [fault, name] of Object.entries(FAULTS)) {
  test(`the suite of dialects fails where ${fault}`, async () => {
    const { status, failed, output } = await run(fault)
    assert.notEqual(status, 0, output)
    assert.ok(failed.includes(name), output)
  })
}
