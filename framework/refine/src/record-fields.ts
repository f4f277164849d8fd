import { isStruct, type SinkRecord, type Struct } from '@spillway/api'
import { decodeUtf8, parseJson } from '@spillway/converters'
import { isArrayAt, isObjectAt, MemberIndex, memberOf, MemberNames, skipBlanks } from './json-members.ts'

/** A name of a field, or the place of an element of a list. */
export type FieldStep = string | number

/** Where conditions and templates find a value: what they name first, and the way from there. */
export interface FieldReference {
  readonly root: 'key' | 'value' | 'headers' | 'topic' | 'partition' | 'offset' | 'timestamp'
  readonly steps: readonly FieldStep[]
  /** As it is written. */
  readonly source: string
  /** Number of the first step among {@link FieldNames}; -1 where it is no name of a field of the value. */
  readonly slot: number
  /** The steps behind the first one, as names in a text. */
  readonly inner: readonly MemberNames<true>[]
}

/** A reference with all that is worked out of it. */
export function fieldReference(
  root: FieldReference['root'],
  steps: readonly FieldStep[],
  source: string,
  names: FieldNames,
): FieldReference {
  const [first, ...others] = steps
  const slot = root === 'value' && typeof first === 'string' ? names.slotOf(first) : -1
  const inner = others.map((step) => new MemberNames<true>(new Map([[String(step), true]])))
  return { root, steps, source, slot, inner }
}

/** The fields at the top of a value that all conditions and templates of a configuration look at. */
export class FieldNames {
  readonly #slots = new Map<string, number>()

  slotOf(name: string): number {
    const slot = this.#slots.get(name) ?? this.#slots.size
    this.#slots.set(name, slot)
    return slot
  }

  get all(): string[] {
    return [...this.#slots.keys()]
  }
}

/**
 * Reads what conditions and templates refer to, of one record after the other. A value that came as JSON text is not
 * parsed for it: its members are found by a scan, once per record.
 */
export class RecordFields {
  readonly #members: MemberIndex
  #record!: SinkRecord
  /** Whether the record's text was scanned; its value is asked instead where it is no object. */
  #scan: 'not yet' | 'done' | 'no object' = 'not yet'

  constructor(names: FieldNames) {
    this.#members = new MemberIndex(names.all)
  }

  of(record: SinkRecord): void {
    this.#record = record
    this.#scan = 'not yet'
  }

  /** Null where there is nothing, or null. A date is its milliseconds since the epoch. */
  read(reference: FieldReference): unknown {
    const record = this.#record
    switch (reference.root) {
      case 'value':
        return reference.slot >= 0 && record.valueText !== null
          ? this.#inText(record.valueText, reference)
          : follow(record.value, reference.steps, 0)
      case 'key':
        return follow(record.key, reference.steps, 0)
      case 'headers':
        return follow(record.headers.lastWithName(String(reference.steps[0]))?.value, reference.steps, 1)
      case 'topic':
        return record.topic
      case 'partition':
        return record.kafkaPartition
      case 'offset':
        return record.kafkaOffset
      case 'timestamp':
        return record.timestamp
    }
  }

  /** Whether there is nothing; a text that is the whole value is not read for it. */
  isNull(reference: FieldReference): boolean {
    const isWhole = reference.root === 'value' && reference.steps.length === 0
    return (!isWhole || this.#record.valueText === null) && this.read(reference) === null
  }

  /** Whether a field is this text. @param written the text in JSON. */
  isText(reference: FieldReference, wanted: string, written: Buffer): boolean {
    const text = this.#record.valueText
    if (reference.slot >= 0 && reference.steps.length === 1 && text !== null) {
      const members = this.members()
      if (members !== undefined) {
        const member = members.memberOf[reference.slot] as number
        if (member < 0) return false
        const from = members.value[member] as number
        const to = members.end[member] as number
        if (isSameBytes(text, from, to, written)) return true
        return hasEscapes(text, from, to) && decoded(text, from, to) === wanted
      }
    }
    return this.read(reference) === wanted
  }

  /** The members of the record's text; undefined where it has none, or is no object. */
  members(): MemberIndex | undefined {
    const text = this.#record.valueText
    if (this.#scan === 'not yet' && text !== null) {
      const start = skipBlanks(text, 0)
      this.#scan = isObjectAt(text, start) ? 'done' : 'no object'
      if (this.#scan === 'done') this.#members.locate(text, start)
    }
    return this.#scan === 'done' ? this.#members : undefined
  }

  #inText(text: Buffer, { slot, steps, inner }: FieldReference): unknown {
    const members = this.members()
    if (members === undefined) return follow(this.#record.value, steps, 0)
    const member = members.memberOf[slot] as number
    if (member < 0) return null
    let from = members.value[member] as number
    let to = members.end[member] as number
    for (let i = 1; i < steps.length; i++) {
      if (isObjectAt(text, from) && typeof steps[i] === 'string') {
        const span = memberOf(text, from, inner[i - 1] as MemberNames<true>)
        if (span === undefined) return null
        from = span.from
        to = span.to
      } else if (isArrayAt(text, from)) {
        return follow(decoded(text, from, to), steps, i)
      } else {
        return null
      }
    }
    return decoded(text, from, to)
  }
}

function isSameBytes(text: Buffer, from: number, to: number, wanted: Buffer): boolean {
  const { length } = wanted
  if (to - from !== length) return false
  for (let i = 0; i < length; i++) if (text[from + i] !== wanted[i]) return false
  return true
}

function hasEscapes(text: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (text[i] === BACKSLASH) return true
  return false
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
/** Of so many digits each whole number is exact. */
const SAFE_DIGITS = 15
const POWERS_OF_TEN = Array.from({ length: SAFE_DIGITS + 1 }, (_, exponent) => 10 ** exponent)

/** A value of JSON as the converter would have read it. */
function decoded(text: Buffer, from: number, to: number): unknown {
  const first = text[from] as number
  if (first === QUOTE) return textOf(text, from, to)
  if (first === MINUS || (first >= ZERO && first <= NINE)) return numberOf(text, from, to)
  return parseJson(decodeUtf8(text, from, to)).value
}

function textOf(text: Buffer, from: number, to: number): unknown {
  let bits = 0
  for (let i = from + 1; i < to - 1; i++) {
    const byte = text[i] as number
    if (byte === BACKSLASH) return parseJson(decodeUtf8(text, from, to)).value
    bits |= byte
  }
  return text.toString(bits < 0x80 ? 'latin1' : 'utf8', from + 1, to - 1)
}

function numberOf(text: Buffer, from: number, to: number): unknown {
  const start = text[from] === MINUS ? from + 1 : from
  let number = 0
  let dot = to
  for (let i = start; i < to; i++) {
    const byte = text[i] as number
    if (byte >= ZERO && byte <= NINE) number = number * 10 + (byte - ZERO)
    else if (byte === DOT) dot = i
    // An exponent.
    else return parseJson(text.toString('latin1', from, to)).value
  }
  if (to - start > SAFE_DIGITS) return parseJson(text.toString('latin1', from, to)).value
  // Both are exact, so that the quotient is the number nearest to what is written.
  if (dot < to) number /= POWERS_OF_TEN[to - dot - 1] as number
  return start > from ? -number : number
}

/** Goes on from a value that is parsed, by the steps from `at` on. */
function follow(value: unknown, steps: readonly FieldStep[], at: number): unknown {
  let current = value
  for (let i = at; i < steps.length; i++) {
    const step = steps[i] as FieldStep
    if (isStruct(current)) {
      const field = typeof step === 'string' ? current.schema.field(step) : undefined
      if (field === undefined) return null
      current = (current as Struct).getField(field)
    } else if (current instanceof Map) {
      current = (current as ReadonlyMap<unknown, unknown>).get(step)
    } else if (Array.isArray(current)) {
      current = typeof step === 'number' ? (current as readonly unknown[])[step] : null
    } else if (isMember(current, step)) {
      current = current[step]
    } else {
      return null
    }
  }
  return current instanceof Date ? current.getTime() : (current ?? null)
}

/** An own member of a plain object: neither an inherited one nor the length of a text. */
function isMember(value: unknown, step: FieldStep): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || typeof step !== 'string') return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return (prototype === Object.prototype || prototype === null) && Object.hasOwn(value, step)
}
