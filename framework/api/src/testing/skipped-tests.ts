import assert from 'node:assert/strict'
import { test } from 'node:test'

/** Something that a part does not do, and the tests of a suite that would show it. */
export interface SkippedTests {
  readonly reason: string
  readonly tests: readonly string[]
}

/**
 * The cases of a suite that a part does not leave out. Declares a test that each exception names a case, so that none stays
 * when its case is gone.
 */
export function leftToRun<C extends { readonly name: string }>(
  cases: readonly C[],
  skip: readonly SkippedTests[] = [],
): C[] {
  const left = new Set(skip.flatMap(({ tests }) => tests))
  test('leaves out only tests that exist', () => {
    const names = new Set(cases.map(({ name }) => name))
    assert.deepEqual(
      [...left].filter((name) => !names.has(name)),
      [],
    )
  })
  return cases.filter(({ name }) => !left.has(name))
}
