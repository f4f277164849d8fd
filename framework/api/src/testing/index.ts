/** What the conformance suites of all packages share; a runner and nothing to run. */
export { leftToRun, type SkippedTests } from './skipped-tests.ts'
