import { describe, test } from 'node:test'
import { leftToRun } from '@spillway/api/testing'

import type { StoreEngineUnderTest } from './harness.ts'
import { iteratorCases } from './iterators.ts'
import { keyValueCases } from './key-value.ts'
import { persistenceCases } from './persistence.ts'
import { sessionCases } from './session.ts'
import { versionedCases } from './versioned.ts'
import { windowCases } from './window.ts'

const cases = [
  ...keyValueCases,
  ...windowCases,
  ...sessionCases,
  ...versionedCases,
  ...iteratorCases,
  ...persistenceCases,
]

/**
 * What every state store engine must do: declares one test per claim. An engine's test file is one call of this, plus the
 * cases that are its own.
 */
export function stateStoreConformance({ name, create, skip }: StoreEngineUnderTest): void {
  describe(`${name}: state store conformance`, () => {
    for (const each of leftToRun(cases, skip)) {
      test(each.name, () => {
        const subject = create()
        try {
          each.run(subject, create)
        } finally {
          subject.dispose()
        }
      })
    }
  })
}
