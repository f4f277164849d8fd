import { createRequire } from 'node:module'
import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from '../errors/connect-errors.ts'

/** A name that is a Java class, not a module: what configurations name most things by. */
const JAVA_CLASS = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\.[A-Z][\w$]*$/

/** True for a name that {@link importDefault} would import: a path, a `file:` URL, a scoped package. */
export function looksLikeModule(name: string): boolean {
  return name.startsWith('.') || name.startsWith('file:') || name.startsWith('@') || isAbsolute(name)
}

/** True for a name that has the form of a Java class. */
export function looksLikeJavaClass(name: string): boolean {
  return JAVA_CLASS.test(name)
}

/**
 * The default export of a module of the user's own. Paths count from the worker's working folder; packages are looked
 * for there first, then beside Spillway.
 *
 * @param key the configuration key that names it, for the message.
 * @throws {ConfigError} where it cannot be imported.
 */
export async function importDefault(key: string, specifier: string): Promise<unknown> {
  try {
    const module = (await import(moduleUrl(specifier))) as { default?: unknown }
    return module.default
  } catch (cause) {
    throw new ConfigError(
      `Invalid value ${specifier} for configuration ${key}: cannot import it: ${(cause as Error).message}`,
      { key, cause },
    )
  }
}

function moduleUrl(specifier: string): string {
  if (specifier.startsWith('file:')) return specifier
  if (/^(?:\.{0,2}[/\\]|[A-Za-z]:\\)/.test(specifier)) return pathToFileURL(resolve(specifier)).href
  try {
    return pathToFileURL(createRequire(resolve('package.json')).resolve(specifier)).href
  } catch {
    return specifier
  }
}
