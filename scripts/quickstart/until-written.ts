import { failureOf } from './failure-of.ts'

const TICK_MS = 200

export interface QuickstartRun {
  /** The worker's REST API. */
  readonly rest: string
  /** The worker's exit code, once it has ended. */
  exitCode(): number | undefined
  /** Goes on a bit; true where there is enough to show. */
  step(): Promise<boolean>
  readonly giveUpMs: number
}

/**
 * Repeats a step until there is enough to show.
 *
 * @throws {Error} with the reason as soon as the worker has ended, or a connector or task has FAILED: what it waits for
 *   will not come.
 */
export async function untilWritten({ rest, exitCode, step, giveUpMs }: QuickstartRun): Promise<void> {
  const deadline = performance.now() + giveUpMs
  while (!(await step())) {
    const code = exitCode()
    if (code !== undefined) throw new Error(`The worker ended with exit code ${code}.`)
    const failure = await failureOf(rest)
    if (failure !== undefined) throw new Error(failure)
    if (performance.now() > deadline) throw new Error(`Not all of it after ${giveUpMs / 1000} s.`)
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
}
