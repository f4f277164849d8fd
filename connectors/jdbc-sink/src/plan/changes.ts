import type { InsertMode } from '../config/sink-settings.ts'
import type { Bound, RowOperation } from '../dialects/dialect.ts'
import type { WriteTarget } from './write-target.ts'

/** One row to write, bound, and what is to be done with it. */
export interface Change {
  readonly target: WriteTarget
  readonly isDelete: boolean
  /** Values in the order of the target's columns; of a delete only the keys. */
  readonly row: readonly Bound[]
}

/** Rows that one operation writes together. */
export interface Step {
  readonly operation: RowOperation
  readonly target: WriteTarget
  readonly rows: (readonly Bound[])[]
}

/** Collects the changes of one table, or of all, and says what to do in which order. */
export interface StepCollector {
  add(change: Change): void
  steps(): Step[]
}

export interface PlanOptions {
  readonly mode: InsertMode
  /** See {@link Dialect.appliesRowsInOrder}. */
  readonly appliesRowsInOrder: boolean
}

/** The text of a change's key; only for targets whose keys are exact. */
export function keyTextOf({ target, row }: Change): string {
  const texts = target.keyTexts
  if (texts === null) return JSON.stringify(row.slice(0, target.keyCount).map(String))
  if (texts.length === 1) return oneKeyText(row[0], texts[0])
  let key = ''
  for (let i = 0; i < texts.length; i++) {
    const text = oneKeyText(row[i], texts[i])
    key += `${text.length}:${text}`
  }
  return key
}

function oneKeyText(bound: Bound, text: ((bound: Bound) => string) | undefined): string {
  if (bound === null || bound === undefined) return '\0null'
  return text === undefined ? String(bound) : text(bound)
}
