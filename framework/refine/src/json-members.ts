const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const SPACE = 0x20

/** Where a value stands in a text: from its first byte to before the one behind it. */
export interface Span {
  readonly from: number
  readonly to: number
}

export function isObjectAt(text: Buffer, at: number): boolean {
  return text[at] === OPEN_OBJECT
}

export function isArrayAt(text: Buffer, at: number): boolean {
  return text[at] === OPEN_ARRAY
}

/** Behind blanks, if there are any. */
export function skipBlanks(text: Buffer, from: number): number {
  let i = from
  while ((text[i] ?? SPACE + 1) <= SPACE) i++
  return i
}

/** Behind the string that begins at `from`. The text is valid JSON, here and in all that follows. */
export function endOfString(text: Buffer, from: number): number {
  const end = text.length
  for (let i = from + 1; i < end; i++) {
    const byte = text[i]
    if (byte === QUOTE) return i + 1
    if (byte === BACKSLASH) i++
  }
  return end
}

/** Behind the value that begins at `from`. */
export function endOfValue(text: Buffer, from: number): number {
  const first = text[from]
  if (first === QUOTE) return endOfString(text, from)
  const end = text.length
  let i = from
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) {
    for (; i < end; i++) {
      const byte = text[i] as number
      if (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || byte <= SPACE) return i
    }
    return end
  }
  let depth = 0
  while (i < end) {
    const byte = text[i]
    if (byte === QUOTE) {
      i = endOfString(text, i)
      continue
    }
    i++
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++
    else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) return i
  }
  return end
}

/** Names of members that are looked for, and what is known of each. */
export class MemberNames<T> {
  /** Names as they stand in a text without escapes, by their length. */
  readonly #byLength: { readonly name: Buffer; readonly known: T }[][] = []
  readonly #all: ReadonlyMap<string, T>

  constructor(names: ReadonlyMap<string, T>) {
    this.#all = names
    for (const [text, known] of names) {
      const name = Buffer.from(text)
      ;(this.#byLength[name.length] ??= []).push({ name, known })
    }
  }

  /** What is known of the name whose quotes stand at `from` and before `to`. */
  at(text: Buffer, from: number, to: number): T | undefined {
    const start = from + 1
    const length = to - 1 - start
    const candidates = this.#byLength[length]
    if (candidates !== undefined) {
      for (const { name, known } of candidates) {
        let i = 0
        while (i < length && name[i] === text[start + i]) i++
        if (i === length) return known
      }
    }
    // A name with escapes is longer than it reads.
    for (let i = start; i < to - 1; i++) {
      if (text[i] === BACKSLASH) return this.#all.get(JSON.parse(text.toString('utf8', from, to)) as string)
    }
    return undefined
  }
}

/** Finds members of the object at the beginning of a text, many in one pass. Of two of one name, the last one counts. */
export class MemberIndex {
  readonly #names: MemberNames<number>
  /** Where the value of each name begins, by the name's number; -1 where there is none. */
  readonly from: Int32Array
  readonly to: Int32Array

  constructor(names: readonly string[]) {
    this.#names = new MemberNames(new Map(names.map((name, number) => [name, number])))
    this.from = new Int32Array(names.length)
    this.to = new Int32Array(names.length)
  }

  /** Looks at the object that begins at `at`. */
  locate(text: Buffer, at: number): void {
    this.from.fill(-1)
    for (let i = skipBlanks(text, at + 1); text[i] === QUOTE;) {
      const name = i
      const behindName = endOfString(text, name)
      // Behind the colon.
      const value = skipBlanks(text, skipBlanks(text, behindName) + 1)
      const end = endOfValue(text, value)
      const number = this.#names.at(text, name, behindName)
      if (number !== undefined) {
        this.from[number] = value
        this.to[number] = end
      }
      i = skipBlanks(text, end)
      if (text[i] !== COMMA) return
      i = skipBlanks(text, i + 1)
    }
  }
}

/** The value of one member of the object that begins at `at`. */
export function memberOf(text: Buffer, at: number, name: string): Span | undefined {
  const index = new MemberIndex([name])
  index.locate(text, at)
  const from = index.from[0] as number
  return from < 0 ? undefined : { from, to: index.to[0] as number }
}
