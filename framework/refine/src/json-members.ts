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

/** Members that names are expected of, as those of the record before were. */
const EXPECTED_MEMBERS = 64
/** Bytes of such a name, with quotes and colon. */
const EXPECTED_BYTES = 64
/** Room for members that is kept from record to record. */
const KEPT_MEMBERS = 1024

/**
 * The members of the object that a text is, all found in one pass. Producers write the same fields in the same order, so
 * each name is first compared with the one that stood there in the record before.
 */
export class MemberIndex {
  readonly #names: MemberNames<number>
  readonly #expected = Buffer.alloc(EXPECTED_MEMBERS * EXPECTED_BYTES)
  readonly #expectedLength = new Uint8Array(EXPECTED_MEMBERS)
  readonly #expectedName = new Int32Array(EXPECTED_MEMBERS)
  /** How many members there are. */
  count = 0
  /** Of each member: the number of its name, or -1; where its name, its value and what is behind that begin. */
  name = new Int32Array(KEPT_MEMBERS)
  start = new Int32Array(KEPT_MEMBERS)
  value = new Int32Array(KEPT_MEMBERS)
  end = new Int32Array(KEPT_MEMBERS)
  /** Which member has a name, by its number; -1 for none. Of two of one name, the last one counts. */
  readonly memberOf: Int32Array

  /** @param names of members that are looked for; their numbers are their places here. */
  constructor(names: readonly string[]) {
    this.#names = new MemberNames(new Map(names.map((name, number) => [name, number])))
    this.memberOf = new Int32Array(names.length)
  }

  /** Looks at the object that begins at `at`. */
  locate(text: Buffer, at: number): void {
    if (this.name.length > KEPT_MEMBERS) this.#resize(KEPT_MEMBERS)
    this.memberOf.fill(-1)
    let count = 0
    for (let i = skipBlanks(text, at + 1); text[i] === QUOTE;) {
      if (count === this.name.length) this.#resize(count * 2)
      this.start[count] = i
      let value = this.#behindExpected(text, i, count)
      let name: number
      if (value > 0) name = this.#expectedName[count] as number
      else {
        const behindName = endOfString(text, i)
        // Behind the colon.
        value = skipBlanks(text, skipBlanks(text, behindName) + 1)
        name = this.#names.at(text, i, behindName) ?? -1
        this.#expect(text, i, value, count, name)
      }
      const end = endOfValue(text, value)
      this.name[count] = name
      this.value[count] = value
      this.end[count] = end
      if (name >= 0) this.memberOf[name] = count
      count++
      i = skipBlanks(text, end)
      if (text[i] !== COMMA) break
      i = skipBlanks(text, i + 1)
    }
    this.count = count
  }

  /** Where the value begins, if the name is the one that is expected of this member; else 0. */
  #behindExpected(text: Buffer, from: number, member: number): number {
    if (member >= EXPECTED_MEMBERS) return 0
    const length = this.#expectedLength[member] as number
    const expected = this.#expected
    const start = member * EXPECTED_BYTES
    for (let i = 0; i < length; i++) if (expected[start + i] !== text[from + i]) return 0
    // A blank behind the colon is seen here, too.
    return length === 0 || (text[from + length] as number) <= SPACE ? 0 : from + length
  }

  #expect(text: Buffer, from: number, value: number, member: number, name: number): void {
    if (member >= EXPECTED_MEMBERS) return
    const length = value - from
    const isKnown = length <= EXPECTED_BYTES
    this.#expectedLength[member] = isKnown ? length : 0
    this.#expectedName[member] = name
    if (!isKnown) return
    // Names are short: a call would take longer.
    const at = member * EXPECTED_BYTES
    for (let i = 0; i < length; i++) this.#expected[at + i] = text[from + i] as number
  }

  #resize(members: number): void {
    const resized = (before: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
      const after = new Int32Array(members)
      after.set(before.subarray(0, members))
      return after
    }
    this.name = resized(this.name)
    this.start = resized(this.start)
    this.value = resized(this.value)
    this.end = resized(this.end)
  }
}

/** The value of one member of the object that begins at `at`; of two of one name, the last one. */
export function memberOf(text: Buffer, at: number, names: MemberNames<true>): Span | undefined {
  let found: Span | undefined
  for (let i = skipBlanks(text, at + 1); text[i] === QUOTE;) {
    const behindName = endOfString(text, i)
    const from = skipBlanks(text, skipBlanks(text, behindName) + 1)
    const to = endOfValue(text, from)
    if (names.at(text, i, behindName) === true) found = { from, to }
    i = skipBlanks(text, to)
    if (text[i] !== COMMA) break
    i = skipBlanks(text, i + 1)
  }
  return found
}
