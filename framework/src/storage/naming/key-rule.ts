/** What a rule is told beside the key. */
export interface KeyParts {
  /** What the configuration puts before every key: whether the store takes that is not a record's matter. */
  readonly root: string
  /** Matches all that may be the key of an object; absent where that may be anything. */
  readonly objectPattern?: RegExp | undefined
}

/**
 * Says why no object can have a key; undefined where one can. Pure: every life of a task decides alike, whatever the
 * store holds by then (docs/decisions/0010).
 */
export type KeyRule = (key: string, parts: KeyParts) => string | undefined

/** Bytes of a key in UTF-8, in S3 and the stores that speak its protocol. */
export const MAX_KEY_BYTES = 1024
/** Bytes of a file's name. */
const MAX_ELEMENT_BYTES = 255
/** Of the last one, which stores write under a longer name first: with a UUID behind it, as S3Proxy does. */
const MAX_LAST_BYTES = MAX_ELEMENT_BYTES - 37

// XML, in which stores list their keys, has no way to write them.
// eslint-disable-next-line no-control-regex
const UNLISTED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/

/** What every store takes: as long as it may be, text that can be listed, no directions of a file system. */
export const anyStoreKeys: KeyRule = (key, { root }) => {
  if (!key.isWellFormed()) return 'it has half a surrogate pair, which is no text in UTF-8'
  const bytes = Buffer.byteLength(key)
  if (bytes > MAX_KEY_BYTES) return `it is ${bytes} bytes long, and ${MAX_KEY_BYTES} are the most`
  const control = UNLISTED.exec(key)?.[0]
  if (control !== undefined)
    return `it has the control character ${codePoint(control)}, which cannot be listed`
  const direction = elementsOf(key, root).find((element) => element === '.' || element === '..')
  return direction === undefined ? undefined : `it has an element '${direction}', which leads elsewhere`
}

/** What a store takes besides that keeps objects as files: names of files, and no file that is also a directory. */
export const fileStoreKeys: KeyRule = (key, parts) => {
  const elements = elementsOf(key, parts.root)
  const isOpen = elements[0] === '' || elements.at(-1) === ''
  const ofFiles = isOpen ? 'it begins or ends with a slash' : longElement(elements, MAX_LAST_BYTES)
  const problem = ofFiles ?? fileAsDirectory(key, parts)
  return anyStoreKeys(key, parts) ?? (problem === undefined ? undefined : `${problem} (see object.key.rule)`)
}

/** The elements of a key behind its root. */
function elementsOf(key: string, root: string): readonly string[] {
  return (key.startsWith(root) ? key.slice(root.length) : key).split('/')
}

/** Of elements one that no file can be named. @param mostInLast bytes of the last one. */
export function longElement(
  elements: readonly string[],
  mostInLast: number = MAX_ELEMENT_BYTES,
): string | undefined {
  for (const [i, element] of elements.entries()) {
    const most = i === elements.length - 1 ? mostInLast : MAX_ELEMENT_BYTES
    const bytes = Buffer.byteLength(element)
    if (bytes > most) return `it has an element of ${bytes} bytes, and ${most} are the most there`
  }
  return undefined
}

/** Which of two objects comes first must not decide: no directory may be named as an object can be. */
export function fileAsDirectory(key: string, { root, objectPattern }: KeyParts): string | undefined {
  if (objectPattern === undefined) return undefined
  for (let slash = key.indexOf('/', root.length); slash >= 0; slash = key.indexOf('/', slash + 1)) {
    if (objectPattern.test(key.slice(0, slash)))
      return 'it has a directory that is named as an object of this connector is'
  }
  return undefined
}

function codePoint(char: string): string {
  return `U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
}
