import type { FailureClass, SqlFailure } from '../dialect.ts'
import { classOfSqlState, isNetworkError, messageOf } from '../sqlstate.ts'

/** Error numbers whose SQLSTATE says too little (most are HY000). */
const CLASSES: Readonly<Record<number, FailureClass>> = {
  1040: 'systemic',
  1044: 'config',
  1045: 'systemic',
  1048: 'record',
  1049: 'config',
  1050: 'schema',
  1053: 'systemic',
  1054: 'schema',
  1060: 'schema',
  1062: 'record',
  1064: 'config',
  1114: 'systemic',
  1142: 'config',
  1146: 'schema',
  1152: 'systemic',
  1153: 'record',
  1203: 'systemic',
  1205: 'contention',
  1213: 'contention',
  1226: 'systemic',
  1264: 'record',
  1265: 'record',
  1290: 'systemic',
  1292: 'record',
  1364: 'record',
  1366: 'record',
  1406: 'record',
  1451: 'reference',
  1452: 'reference',
  1836: 'systemic',
  1927: 'systemic',
  2002: 'systemic',
  2006: 'systemic',
  2013: 'systemic',
  3024: 'systemic',
  3140: 'record',
  3819: 'record',
  4025: 'record',
  // JSON_VALID of a JSON column in older MariaDB.
  4038: 'record',
}

/** Puts an error of mysql2 in the terms all dialects share. */
export function mysqlFailure(error: unknown): SqlFailure {
  const {
    errno,
    sqlState,
    code,
    fatal,
    column: known,
  } = error as {
    errno?: unknown
    column?: unknown
    sqlState?: unknown
    code?: unknown
    fatal?: unknown
  }
  const message = messageOf(error)
  const state = typeof sqlState === 'string' ? sqlState : ''
  const column = /[Cc]olumn '([^']+)'|for column (?:`[^`]+`\.)*`([^`]+)`|Field '([^']+)'/.exec(message)
  return {
    failureClass: classOf(
      error,
      errno,
      state,
      fatal === true || code === 'PROTOCOL_CONNECTION_LOST',
      message,
    ),
    code: state === '' ? String(code ?? '') : state,
    message: typeof errno === 'number' ? `${message} (errno ${errno})` : message,
    column: typeof known === 'string' ? known : (column?.[1] ?? column?.[2] ?? column?.[3]),
  }
}

function classOf(
  error: unknown,
  errno: unknown,
  state: string,
  isFatal: boolean,
  message: string,
): FailureClass {
  const known = typeof errno === 'number' ? CLASSES[errno] : undefined
  if (known !== undefined) return known
  if (isNetworkError(error) || isFatal || /closed state|Connection lost/.test(message)) return 'systemic'
  return state === '' || state === 'HY000' ? 'unknown' : classOfSqlState(state)
}
