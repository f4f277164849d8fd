import { describe, test } from 'node:test'

import type { ConformanceOptions } from './harness.ts'
import { iteratorCases } from './iterators.ts'
import { keyValueCases } from './key-value.ts'
import { persistenceCases } from './persistence.ts'
import { sessionCases } from './session.ts'
import { versionedCases } from './versioned.ts'
import { windowCases } from './window.ts'

/**
 * What every state store engine must do: registers one test per claim. An engine's test file is one call of this, plus the
 * cases that are its own.
 */
export function run(options: ConformanceOptions): void {
  const reasons = new Map(options.skip?.flatMap(({ reason, tests }) => tests.map((name) => [name, reason])))
  describe(`${options.name}: state store conformance`, () => {
    for (const each of [
      ...keyValueCases,
      ...windowCases,
      ...sessionCases,
      ...versionedCases,
      ...iteratorCases,
      ...persistenceCases,
    ]) {
      test(each.name, { skip: reasons.get(each.name) ?? false }, () => {
        const subject = options.create()
        try {
          each.run(subject, options.create)
        } finally {
          subject.dispose()
        }
      })
    }
  })
}
