import { TopologyException } from './errors.ts'

const longestName = 249

/**
 * Checks a name that becomes part of topic or store names. Corresponds to Java's `Named.validate`.
 *
 * @throws TopologyException with Java's words
 */
export function validateName(name: string): void {
  if (name === '') throw new TopologyException("Name is illegal, it can't be empty")
  if (name === '.' || name === '..') throw new TopologyException('Name cannot be "." or ".."')
  if (name.length > longestName) {
    throw new TopologyException(
      `Name is illegal, it can't be longer than ${longestName} characters, name: ${name}`,
    )
  }
  if (!/^[a-zA-Z0-9._-]*$/.test(name)) {
    throw new TopologyException(
      `Name "${name}" is illegal, it contains a character other than ASCII alphanumerics, '.', '_' and '-'`,
    )
  }
}

/** Gives generated names; the counter runs over the whole topology, in order of calls. Corresponds to `InternalNameProvider`. */
export class NameCounter {
  #next = 0

  processorName(prefix: string): string {
    return `${prefix}${String(this.#next++).padStart(10, '0')}`
  }

  storeName(prefix: string): string {
    return this.processorName(`${prefix}STATE-STORE-`)
  }

  /** The given name, or a generated one. A number is used up either way, so that naming one operator does not rename others. */
  nameOr(given: string | null, prefix: string): string {
    const generated = this.processorName(prefix)
    return given ?? generated
  }

  /** The given name with a suffix, or a generated one. */
  suffixedOr(given: string | null, suffix: string, prefix: string): string {
    const generated = this.processorName(prefix)
    if (given === null) return generated
    const name = `${given}${suffix}`
    validateName(name)
    return name
  }
}
