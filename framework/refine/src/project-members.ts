import type { MemberIndex } from './json-members.ts'
import type { Projection } from './projection.ts'
import type { FieldNames } from './record-fields.ts'

const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const COMMA = 0x2c
/** Up to this length a loop copies faster than a call. */
const SHORT = 48

/** Projects an object whose members are found already, where each is kept as it is or left out as a whole. */
export class MemberProjector {
  /** By the number of the name: 1 where the member is kept. */
  readonly #keeps: Uint8Array
  readonly #keepsOthers: boolean
  /** Begin and end of each stretch that is copied. */
  #runs = new Int32Array(256)

  private constructor(keeps: Uint8Array, keepsOthers: boolean) {
    this.#keeps = keeps
    this.#keepsOthers = keepsOthers
  }

  /** Undefined for a projection that changes names, or fields within fields. @param names are added to. */
  static of({ rules, isExclusive }: Projection, names: FieldNames): MemberProjector | undefined {
    const listed = [...rules].map(([name, rule]) => ({ slot: names.slotOf(name), rule }))
    if (listed.some(({ rule }) => rule.within !== undefined || rule.name !== undefined)) return undefined
    const keeps = new Uint8Array(names.all.length).fill(isExclusive ? 0 : 1)
    for (const { slot, rule } of listed) keeps[slot] = rule.keeps ? 1 : 0
    return new MemberProjector(keeps, !isExclusive)
  }

  /** A new text with bytes of its own. */
  project(text: Buffer, { count, name, start, end }: MemberIndex): Buffer {
    const keeps = this.#keeps
    let runs = 0
    let length = 2
    let wasKept = false
    for (let i = 0; i < count; i++) {
      const number = name[i] as number
      const isKept = number < 0 ? this.#keepsOthers : keeps[number] === 1
      if (isKept && wasKept) {
        length += (end[i] as number) - (this.#runs[runs - 1] as number)
        this.#runs[runs - 1] = end[i] as number
      } else if (isKept) {
        if (runs === this.#runs.length) this.#grow()
        if (runs > 0) length++
        this.#runs[runs++] = start[i] as number
        this.#runs[runs++] = end[i] as number
        length += (end[i] as number) - (start[i] as number)
      }
      wasKept = isKept
    }
    return this.#copied(text, runs, Buffer.allocUnsafe(length))
  }

  #copied(text: Buffer, runs: number, made: Buffer): Buffer {
    let at = 0
    made[at++] = OPEN_OBJECT
    for (let i = 0; i < runs; i += 2) {
      if (i > 0) made[at++] = COMMA
      const from = this.#runs[i] as number
      const to = this.#runs[i + 1] as number
      if (to - from > SHORT) at += text.copy(made, at, from, to)
      else for (let k = from; k < to; k++) made[at++] = text[k] as number
    }
    made[at] = CLOSE_OBJECT
    return made
  }

  #grow(): void {
    const larger = new Int32Array(this.#runs.length * 2)
    larger.set(this.#runs)
    this.#runs = larger
  }
}
