import { describe, test } from 'node:test'
import { leftToRun, type SkippedTests } from '@spillway/api/testing'
import type { Dialect } from '../dialects/dialect.ts'
import { DialectHarness } from './dialect-harness.ts'
import { failureCases } from './failure-cases.ts'
import { rowCases } from './row-cases.ts'
import { tableCases } from './table-cases.ts'
import { transactionCases } from './transaction-cases.ts'

/** What {@link dialectConformance} tests. */
export interface DialectUnderTest {
  /** Begins the name of each test. */
  readonly name: string
  /** Makes the dialect for a database, with names that are quoted; the tests make and drop tables of their own. */
  readonly create: () => Dialect | Promise<Dialect>
  readonly skip?: readonly SkippedTests[]
}

/** What every {@link Dialect} must do, on a real database: declares a test per claim. */
export function dialectConformance({ name, create, skip }: DialectUnderTest): void {
  describe(`JDBC dialect: ${name}`, () => {
    for (const each of leftToRun([...tableCases, ...rowCases, ...transactionCases, ...failureCases], skip)) {
      test(each.name, async () => {
        await using harness = await DialectHarness.open(await create())
        await each.run(harness)
      })
    }
  })
}
