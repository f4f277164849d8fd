import { createContext, Script } from 'node:vm'

/** A match is begun again at most so often, with twice the time where others had it. */
const MAX_TRIES = 10
/** No try gets longer than this by being begun again, ms. */
const LONGEST_RETRY_MS = 1000
/** A pause of the collector fits into a limit below this one: such a time-out counts where the next try has it too. */
const PAUSE_MS = 50
/** What a watchdog's own thread costs the thread that starts it, with room to spare, ms. */
const WATCHDOG_CPU_MS = 0.5

const sandbox: { run: (() => RegExpExecArray | null) | null } = { run: null }
const context = createContext(sandbox)
const script = new Script('run()')

/**
 * Runs a regular expression under a watchdog: V8 checks for interruption while it backtracks, so a pattern that would
 * take forever ends. Costs about a quarter of a millisecond, so it is for patterns that need it.
 *
 * @param limitMs how long it may take, at least 1.
 * @returns `timed out` where the limit is over. The watchdog goes by the wall clock, and on a busy machine another thread
 *   may have had that time: a try counts only where this thread was at work for half of it.
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
    let timeouts = limitMs < PAUSE_MS ? 2 : 1
    for (let tries = 1, wallMs = limitMs; ; tries++) {
      const before = process.threadCpuUsage()
      try {
        return script.runInContext(context, { timeout: wallMs }) as RegExpExecArray | null
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause
        const { user, system } = process.threadCpuUsage(before)
        const wasAtWork = (user + system) / 1000 - WATCHDOG_CPU_MS >= limitMs / 2
        if (wasAtWork) timeouts--
        else wallMs = Math.max(limitMs, Math.min(wallMs * 2, LONGEST_RETRY_MS))
        if (timeouts === 0 || tries === MAX_TRIES) return 'timed out'
      }
    }
  } finally {
    sandbox.run = null
  }
}
