import { createContext, Script } from 'node:vm'
import { DataError } from '../../errors/connect-errors.ts'

/** The longest that one match may take where it is watched. */
const TIME_LIMIT_MS = 1000

const sandbox: { run: (() => RegExpExecArray | null) | null } = { run: null }
const context = createContext(sandbox)
const script = new Script('run()')

/**
 * Runs a regular expression under a watchdog: V8 checks for interruption while it backtracks, so a pattern that would
 * take forever ends with an error. Costs about a quarter of a millisecond, so it is for patterns that need it.
 *
 * @throws {DataError} where the time limit is over.
 */
export function guardedExec(
  regex: RegExp,
  text: string,
  limitMs: number = TIME_LIMIT_MS,
): RegExpExecArray | null {
  sandbox.run = () => regex.exec(text)
  try {
    return script.runInContext(context, { timeout: limitMs }) as RegExpExecArray | null
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause
    throw new DataError(
      `Matching a text of ${text.length} characters took longer than ${limitMs} ms: the regular expression backtracks without end, make its repeated parts tell apart`,
      { cause },
    )
  } finally {
    sandbox.run = null
  }
}
