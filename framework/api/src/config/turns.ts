import { setImmediate as others } from 'node:timers/promises'

/** How long, in ms, work of one request may keep the thread before others have it. */
const TURN_MS = 10

/** Work in small steps; what it returns is its result. */
export type Steps<T> = Generator<void, T, void>

/** Does all steps at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/**
 * Lets other work have the thread between the steps of what a request asks for: a worker that is busy for one of them must
 * go on with its heartbeats.
 */
export class Turns {
  #since = performance.now()

  /** Returns at once, or after the others where this work has had the thread for its time. */
  async pause(): Promise<void> {
    if (performance.now() - this.#since < TURN_MS) return
    await others()
    this.#since = performance.now()
  }

  /** Does all steps, with pauses. */
  async run<T>(steps: Steps<T>): Promise<T> {
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
      await this.pause()
    }
  }
}
