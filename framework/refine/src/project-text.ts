import { DataError } from '@spillway/api'
import { endOfString, endOfValue, isArrayAt, isObjectAt, MemberNames, skipBlanks } from './json-members.ts'
import { listOnTheWay, twice } from './project-value.ts'
import type { FieldRule, Projection } from './projection.ts'

/** Room for what is written that is kept from record to record. */
const KEPT_BYTES = 64 * 1024

const COMMA = 0x2c
const QUOTE = 0x22
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const LOWER_N = 0x6e

/** What a projection says of a name: its rule, if it has one, and whether it is a new name of another field. */
interface Named {
  readonly rule: FieldRule | undefined
  readonly within: TextPlan | undefined
  /** `"new name":` as it is written. */
  readonly written: Buffer | undefined
  readonly newName: string | undefined
  readonly isNewName: boolean
}

/** A projection with its names as bytes. */
interface TextPlan {
  readonly isExclusive: boolean
  readonly names: MemberNames<Named>
  readonly hasNewNames: boolean
}

function planOf(projection: Projection): TextPlan {
  const { rules, newNames } = projection
  const names = new Map<string, Named>()
  for (const name of new Set([...rules.keys(), ...newNames])) {
    const rule = rules.get(name)
    names.set(name, {
      rule,
      within: rule?.within && planOf(rule.within),
      written: rule?.name === undefined ? undefined : Buffer.from(`${JSON.stringify(rule.name)}:`),
      newName: rule?.name,
      isNewName: newNames.has(name),
    })
  }
  return {
    isExclusive: projection.isExclusive,
    names: new MemberNames(names),
    hasNewNames: newNames.size > 0,
  }
}

/**
 * Projects a JSON text without parsing it: what is kept is copied as it is written, so that `1.0` and integers beyond
 * 2^53 stay what they are.
 */
export class TextProjector {
  readonly #plan: TextPlan
  #out = Buffer.alloc(KEPT_BYTES)
  #at = 0

  constructor(projection: Projection) {
    this.#plan = planOf(projection)
  }

  /** A new text with bytes of its own. @param text valid JSON. @throws {DataError} for other than an object. */
  project(text: Buffer): Buffer {
    const start = skipBlanks(text, 0)
    if (!isObjectAt(text, start)) throw new DataError('the value has no fields: it is no JSON object')
    this.#at = 0
    this.#object(this.#plan, text, start)
    const made = Buffer.allocUnsafe(this.#at)
    this.#out.copy(made, 0, 0, this.#at)
    if (this.#out.length > KEPT_BYTES) this.#out = Buffer.alloc(KEPT_BYTES)
    return made
  }

  /** Writes what is kept of the object that begins at `from`; returns what comes behind it. */
  #object(plan: TextPlan, text: Buffer, from: number): number {
    this.#byte(OPEN_OBJECT)
    const begin = this.#at
    const given = plan.hasNewNames ? new Set<string>() : undefined
    // Members that stay as they are, one behind the other, are copied at once.
    let runFrom = -1
    let runTo = -1
    let i = skipBlanks(text, from + 1)
    while (text[i] === QUOTE) {
      const behindName = endOfString(text, i)
      const named = plan.names.at(text, i, behindName)
      const value = skipBlanks(text, skipBlanks(text, behindName) + 1)
      let behind: number
      if (isWhole(named, plan)) {
        behind = endOfValue(text, value)
        if (named?.isNewName === true) note(given, JSON.parse(text.toString('utf8', i, behindName)) as string)
        if (runFrom < 0) runFrom = i
        runTo = behind
      } else {
        if (runFrom >= 0) this.#member(begin, text, runFrom, runTo)
        runFrom = -1
        behind = this.#changed(begin, text, { name: i, behindName, value, named, given })
      }
      i = skipBlanks(text, behind)
      if (text[i] !== COMMA) break
      i = skipBlanks(text, i + 1)
    }
    if (runFrom >= 0) this.#member(begin, text, runFrom, runTo)
    this.#byte(CLOSE_OBJECT)
    return i + 1
  }

  /** A member that is left out, renamed or kept in part; returns what comes behind it. */
  #changed(
    begin: number,
    text: Buffer,
    member: {
      readonly name: number
      readonly behindName: number
      readonly value: number
      readonly named: Named | undefined
      readonly given: Set<string> | undefined
    },
  ): number {
    const { name, behindName, value, named, given } = member
    const rule = named?.rule
    if (named === undefined || rule === undefined || !rule.keeps) return endOfValue(text, value)
    const { within, written, newName } = named
    const isInner = within !== undefined && isObjectAt(text, value)
    if (within !== undefined && !isInner) {
      if (isArrayAt(text, value)) throw listOnTheWay(rule)
      if (within.isExclusive && text[value] !== LOWER_N) return endOfValue(text, value)
    }
    if (newName !== undefined) note(given, newName)
    else if (named.isNewName) note(given, JSON.parse(text.toString('utf8', name, behindName)) as string)
    if (this.#at > begin) this.#byte(COMMA)
    if (written === undefined) this.#copy(text, name, value)
    else this.#copy(written, 0, written.length)
    if (within !== undefined && isInner) return this.#object(within, text, value)
    const end = endOfValue(text, value)
    this.#copy(text, value, end)
    return end
  }

  #member(begin: number, text: Buffer, from: number, to: number): void {
    if (this.#at > begin) this.#byte(COMMA)
    this.#copy(text, from, to)
  }

  #byte(byte: number): void {
    this.#makeRoom(1)
    this.#out[this.#at++] = byte
  }

  #copy(source: Buffer, from: number, to: number): void {
    this.#makeRoom(to - from)
    this.#at += source.copy(this.#out, this.#at, from, to)
  }

  #makeRoom(bytes: number): void {
    if (this.#at + bytes <= this.#out.length) return
    const larger = Buffer.alloc(Math.max(this.#out.length * 2, this.#at + bytes))
    this.#out.copy(larger, 0, 0, this.#at)
    this.#out = larger
  }
}

function isWhole(named: Named | undefined, plan: TextPlan): boolean {
  if (named?.rule === undefined) return !plan.isExclusive
  return named.rule.keeps && named.within === undefined && named.written === undefined
}

function note(given: Set<string> | undefined, name: string): void {
  if (given === undefined) return
  if (given.has(name)) throw twice(name)
  given.add(name)
}
