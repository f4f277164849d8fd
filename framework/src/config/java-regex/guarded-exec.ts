import { createContext, Script } from 'node:vm'

/** A match that took its time off while others had the processor is begun again, at most so often. */
const MAX_TRIES = 10

const sandbox: { run: (() => RegExpExecArray | null) | null } = { run: null }
const context = createContext(sandbox)
const script = new Script('run()')

/**
 * Runs a regular expression under a watchdog: V8 checks for interruption while it backtracks, so a pattern that would
 * take forever ends. Costs about a quarter of a millisecond, so it is for patterns that need it.
 *
 * @param limitMs how long it may take, at least 1.
 * @returns `timed out` where the limit is over. The watchdog goes by the wall clock, on a busy machine another thread may
 *   have had that time: it counts only where this thread has used half of it, in all tries.
 */
export function guardedExec(
  regex: RegExp,
  text: string,
  limitMs: number,
): RegExpExecArray | null | 'timed out' {
  const from = regex.lastIndex
  sandbox.run = () => {
    regex.lastIndex = from
    return regex.exec(text)
  }
  try {
    const before = process.threadCpuUsage()
    for (let tries = 1; ; tries++) {
      try {
        return script.runInContext(context, { timeout: limitMs }) as RegExpExecArray | null
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause
        const { user, system } = process.threadCpuUsage(before)
        if (tries === MAX_TRIES || (user + system) / 1000 >= limitMs / 2) return 'timed out'
      }
    }
  } finally {
    sandbox.run = null
  }
}
