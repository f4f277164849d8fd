import type { Record } from './record.ts'

/** Old and new value of a table's row: what flows between the operators of tables. Corresponds to Java's `Change`. */
export class Change<V> {
  readonly newValue: V | null
  readonly oldValue: V | null
  /** False for a change of the past of a versioned table. */
  readonly isLatest: boolean

  constructor(newValue: V | null, oldValue: V | null, isLatest: boolean) {
    this.newValue = newValue
    this.oldValue = oldValue
    this.isLatest = isLatest
  }
}

export type ChangeRecord = Record<unknown, Change<unknown>>
