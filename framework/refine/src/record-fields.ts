import { isStruct, type SinkRecord, type Struct } from '@spillway/api'
import { decodeUtf8, parseJson } from '@spillway/converters'
import { isArrayAt, isObjectAt, MemberIndex, memberOf, skipBlanks } from './json-members.ts'

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

  #inText(text: Buffer, { slot, steps }: FieldReference): unknown {
    if (this.#scan === 'not yet') {
      const start = skipBlanks(text, 0)
      this.#scan = isObjectAt(text, start) ? 'done' : 'no object'
      if (this.#scan === 'done') this.#members.locate(text, start)
    }
    if (this.#scan === 'no object') return follow(this.#record.value, steps, 0)
    let from = this.#members.from[slot] as number
    let to = this.#members.to[slot] as number
    if (from < 0) return null
    for (let i = 1; i < steps.length; i++) {
      const step = steps[i] as FieldStep
      if (isObjectAt(text, from) && typeof step === 'string') {
        const member = memberOf(text, from, step)
        if (member === undefined) return null
        from = member.from
        to = member.to
      } else if (isArrayAt(text, from)) {
        return follow(decoded(text, from, to), steps, i)
      } else {
        return null
      }
    }
    return decoded(text, from, to)
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
/** Of so many digits each whole number is exact. */
const SAFE_DIGITS = 15

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
  for (let i = start; i < to; i++) {
    const byte = text[i] as number
    if (byte < ZERO || byte > NINE || i - start >= SAFE_DIGITS)
      return parseJson(text.toString('latin1', from, to)).value
    number = number * 10 + (byte - ZERO)
  }
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
