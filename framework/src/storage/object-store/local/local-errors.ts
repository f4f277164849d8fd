import { ConnectError, RetriableError } from '../../../errors/connect-errors.ts'

/** What passes when somebody makes room, or by itself. */
const PASSING: ReadonlySet<string> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EMFILE',
  'ENFILE',
  'EAGAIN',
  'EBUSY',
  'EIO',
  'EINTR',
  'ESTALE',
  'ETIMEDOUT',
])

/** Where Linux shows what a process has open: paths through it say nothing to a reader. */
export const OPEN_FILES = '/proc/self/fd'

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'Give the worker the right to write there, or correct store.url.',
  EPERM: 'Give the worker the right to write there, or correct store.url.',
  EROFS: 'The file system is read-only: correct store.url.',
  ENOTDIR: 'A part of the path is a file: an object’s name cannot be the directory of another’s.',
  EISDIR: 'The path is a directory: an object’s name cannot be the directory of another’s.',
  ENAMETOOLONG: 'A part of the name is too long for the file system.',
}

export function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | null)?.code ?? '')
}

/** What a failure of the file system is to a task. */
export function localError(error: unknown, doing: string): unknown {
  const code = codeOf(error)
  if (code.startsWith('CONNECT_') || (error as Error).name === 'AbortError') return error
  const text = `${doing} failed: ${withoutPaths((error as Error).message)}.`
  if (PASSING.has(code)) return new RetriableError(text, { cause: error })
  return new ConnectError(`${text} ${REMEDIES[code] ?? ''}`.trimEnd(), { cause: error })
}

/** `ENOTDIR: not a directory, open '/proc/self/fd/7/x'` without the call and its paths. */
function withoutPaths(message: string): string {
  const at = message.indexOf(` '${OPEN_FILES}/`)
  return at < 0 ? message : message.slice(0, message.lastIndexOf(', ', at))
}
