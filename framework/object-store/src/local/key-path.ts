const ESCAPED = /^%(25)*(2E|2E%2E|00)$/

/** A key's part as a file name: what no file can be called is escaped, everything else stays readable. */
function toName(part: string): string {
  if (part === '') return '%00'
  if (part === '.') return '%2E'
  if (part === '..') return '%2E%2E'
  return ESCAPED.test(part) ? `%25${part.slice(1)}` : part
}

function toPart(name: string): string {
  if (!ESCAPED.test(name)) return name
  if (name === '%00') return ''
  if (name === '%2E') return '.'
  if (name === '%2E%2E') return '..'
  return `%${name.slice(3)}`
}

/** The path of a key below the directory of the store, with `/` between its parts. Never leads out of it. */
export function pathOfKey(key: string): string {
  return key.split('/').map(toName).join('/')
}

/** The key of a path that {@link pathOfKey} gave. */
export function keyOfPath(path: string): string {
  return path.split('/').map(toPart).join('/')
}
