import { createContext, Script } from 'node:vm'
import { DataError, type ErrorRow } from '@spillway/api'
import { converterErrors } from './error-rows.ts'

/** Work took longer than it may; at another time it may be shorter. */
export class TooLongError extends DataError {
  static override readonly row: ErrorRow = converterErrors.rows.TooLongError
  override readonly name = 'DataError'
}

/** Where the machine is busy with others, the work is begun once more, with so much more time. */
const MORE_TIME = 2

const sandbox: { run: (() => unknown) | null } = { run: null }
let context: object | undefined
let script: Script | undefined

/**
 * Does work that may turn out to be without end, such as reading a hostile schema by a library, under a watchdog, which
 * counts the time of the thread and not that of its neighbours. Costs about a quarter of a millisecond.
 *
 * @param what is done, as the subject of the message: `Reading the schema`.
 * @param work may be stopped anywhere and then started again, so nobody may see what it has left half done.
 * @throws {TooLongError} where the time is over, in ms.
 */
export function withinTime<T>(limitMs: number, what: string, work: () => T): T {
  const before = process.threadCpuUsage()
  try {
    return watched(limitMs, work)
  } catch (error) {
    if (!isTimeout(error)) throw error
    const { user, system } = process.threadCpuUsage(before)
    if ((user + system) / 1000 > limitMs / 2) throw tooLong(limitMs, what, error)
  }
  try {
    return watched(limitMs * MORE_TIME, work)
  } catch (error) {
    throw isTimeout(error) ? tooLong(limitMs, what, error) : error
  }
}

function watched<T>(limitMs: number, work: () => T): T {
  context ??= createContext(sandbox)
  script ??= new Script('run()')
  const outer = sandbox.run
  sandbox.run = work
  try {
    return script.runInContext(context, { timeout: limitMs }) as T
  } finally {
    sandbox.run = outer
  }
}

function isTimeout(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
}

function tooLong(limitMs: number, what: string, cause: unknown): TooLongError {
  return new TooLongError(`${what} takes longer than ${limitMs} ms`, { cause })
}
