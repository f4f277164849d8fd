import { existsSync } from 'node:fs'
import { isAbsolute, normalize, sep } from 'node:path'
import { ConfigError } from '../../errors/connect-errors.ts'

export const ALLOWED_PATHS = 'allowed.paths'

/**
 * The directories and files a provider may read (Java: `AllowedPaths`). Without a list every path is allowed.
 *
 * Paths are compared after `.` and `..` are resolved; symbolic links are followed, as a secret mounted into a
 * container is one.
 */
export class AllowedPaths {
  readonly #allowed: readonly string[] | null

  /**
   * @param list paths separated by commas; null or empty allows all.
   * @throws {ConfigError} for a path that is not absolute or does not exist.
   */
  constructor(list: string | null) {
    this.#allowed = list === null || list === '' ? null : list.split(',').map(allowedPath)
  }

  /** The path to read, or undefined where it is not allowed. */
  resolve(path: string): string | undefined {
    if (this.#allowed === null) return path
    const normalized = withoutTrailingSeparator(normalize(path))
    const isAllowed = this.#allowed.some(
      (allowed) =>
        normalized === allowed || normalized.startsWith(allowed.endsWith(sep) ? allowed : allowed + sep),
    )
    return isAllowed ? normalized : undefined
  }
}

function allowedPath(written: string): string {
  const path = withoutTrailingSeparator(normalize(written.trim()))
  if (!isAbsolute(path)) throw new ConfigError(`Path ${path} is not absolute`, { key: ALLOWED_PATHS })
  if (!existsSync(path)) throw new ConfigError(`Path ${path} does not exist`, { key: ALLOWED_PATHS })
  return path
}

function withoutTrailingSeparator(path: string): string {
  return path.length > 1 && path.endsWith(sep) ? path.slice(0, -1) : path
}
