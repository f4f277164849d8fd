/** Java's named character sets as the inside of a JavaScript character class (flag v). */
const POSIX: Readonly<Record<string, string>> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: '\\x00-\\x7F',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: '\\x21-\\x2F\\x3A-\\x40\\x5B-\\x60\\x7B-\\x7E',
  Graph: '\\x21-\\x7E',
  Print: '\\x20-\\x7E',
  Blank: ' \\t',
  Cntrl: '\\x00-\\x1F\\x7F',
  XDigit: '0-9a-fA-F',
  Space: ' \\t\\n\\v\\f\\r',
  L1: '\\x00-\\xFF',
  all: '\\x00-\\u{10FFFF}',
  LD: '\\p{L}\\p{Nd}',
  LC: '\\p{LC}',
  javaLowerCase: '\\p{Lowercase}',
  javaUpperCase: '\\p{Uppercase}',
  javaAlphabetic: '\\p{Alphabetic}',
  javaLetter: '\\p{L}',
  javaDigit: '\\p{Nd}',
  javaLetterOrDigit: '\\p{L}\\p{Nd}',
  IsLetter: '\\p{L}',
  IsDigit: '\\p{Nd}',
  IsPunctuation: '\\p{P}',
  IsControl: '\\p{Cc}',
}

/** Backslash classes of one letter: Java's, which are ASCII only. */
export const BACKSLASH_SETS: Readonly<Record<string, string>> = {
  d: '0-9',
  w: 'a-zA-Z0-9_',
  s: ' \\t\\n\\v\\f\\r',
  h: ' \\t\\xA0\\u1680\\u180E\\u2000-\\u200A\\u202F\\u205F\\u3000',
  v: '\\n\\v\\f\\r\\x85\\u2028\\u2029',
}

/** The set that `\p{name}` means, or undefined where JavaScript has no such set (Unicode blocks, for one). */
export function namedSet(name: string): string | undefined {
  const known = Object.hasOwn(POSIX, name) ? POSIX[name] : undefined
  if (known !== undefined) return known
  const keyed = /^(\w+)=(\w+)$/.exec(name)
  if (keyed !== null) return keyedSet(keyed[1] ?? '', keyed[2] ?? '')
  if (/^I[ns](?=[A-Z_])/.test(name) && name.startsWith('In')) return undefined
  const bare = name.startsWith('Is') ? name.slice(2) : name
  return [`\\p{${bare}}`, `\\p{${binaryName(bare)}}`, ...(bare === name ? [] : scripts(bare))].find(compiles)
}

function keyedSet(key: string, value: string): string | undefined {
  switch (key) {
    case 'script':
    case 'sc':
      return scripts(value).find(compiles)
    case 'general_category':
    case 'gc':
      return [`\\p{gc=${value}}`].find(compiles)
  }
  return undefined
}

/** Java takes script names in any case, JavaScript only as `Old_Italic`. */
function scripts(name: string): string[] {
  const proper = name
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join('_')
  return [`\\p{Script=${name}}`, `\\p{Script=${proper}}`]
}

function binaryName(name: string): string {
  return name.toLowerCase() === 'assigned'
    ? 'Assigned'
    : name.charAt(0).toUpperCase() + name.slice(1).toLowerCase()
}

function compiles(set: string): boolean {
  try {
    new RegExp(`[${set}]`, 'v')
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}
