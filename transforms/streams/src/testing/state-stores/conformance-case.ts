import type { EngineUnderTest } from './harness.ts'

/** One claim about every engine. */
export interface ConformanceCase {
  readonly name: string
  /** @param create for cases that need a fresh engine many times */
  run(subject: EngineUnderTest, create: () => EngineUnderTest): void
}
