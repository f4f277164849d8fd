import type { Clock, ConnectionProblem } from '@spillway/api'
import { publicError } from './protocol-errors.ts'

/** Where one part of a client tells how it fares. */
export interface ProblemReporter {
  readonly problem: (error: unknown) => void
  readonly ok: () => void
}

/** What keeps a client from its work, one entry per part of it (group, fetch, metadata, offsets). */
export class Problems {
  readonly #clock: Clock
  readonly #present = new Map<string, ConnectionProblem>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  reporter(part: string): ProblemReporter {
    return {
      problem: (error) => {
        const before = this.#present.get(part)
        this.#present.set(part, {
          error: publicError(error),
          since: before?.since ?? this.#clock.now(),
          failures: (before?.failures ?? 0) + 1,
        })
      },
      ok: () => {
        if (this.#present.size > 0) this.#present.delete(part)
      },
    }
  }

  /** The one that has lasted longest. */
  last(): ConnectionProblem | undefined {
    let oldest: ConnectionProblem | undefined
    for (const problem of this.#present.values()) {
      if (oldest === undefined || problem.since < oldest.since) oldest = problem
    }
    return oldest
  }
}
