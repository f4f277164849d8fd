import { type Change, keyTextOf, type PlanOptions, type Step, type StepCollector } from './changes.ts'
import type { RowOperation } from '../dialects/dialect.ts'
import type { WriteTarget } from './write-target.ts'

/**
 * Keeps the order of the changes: a new step begins where the table, the columns or the kind of change is another, or
 * where a key comes again and the database would not apply the rows of one statement in order.
 */
export class OrderedSteps implements StepCollector {
  readonly #options: PlanOptions
  readonly #steps: Step[] = []
  #keys = new Set<string>()

  constructor(options: PlanOptions) {
    this.#options = options
  }

  add(change: Change): void {
    const operation = change.isDelete ? 'delete' : this.#options.mode
    const last = this.#steps.at(-1)
    const joins =
      last !== undefined &&
      last.operation === operation &&
      isSameShape(last.target, change.target, operation) &&
      !this.#repeatsKey(change, operation)
    if (joins) {
      last.rows.push(change.row)
      return
    }
    this.#keys = new Set()
    this.#repeatsKey(change, operation)
    this.#steps.push({ operation, target: change.target, rows: [change.row] })
  }

  steps(): Step[] {
    return this.#steps
  }

  /** Notes the key; true where this step has it already. Inserts and deletes may repeat: the database says what of it. */
  #repeatsKey(change: Change, operation: RowOperation): boolean {
    if (this.#options.appliesRowsInOrder || operation === 'insert' || operation === 'delete') return false
    // Keys that may be equal though their texts differ go into an update one by one: which would win is undefined.
    if (operation === 'update' && change.target.keyTexts === null)
      return this.#keys.size > 0 || !this.#keys.add('')
    const key = keyTextOf(change)
    if (this.#keys.has(key)) return true
    this.#keys.add(key)
    return false
  }
}

function isSameShape(a: WriteTarget, b: WriteTarget, operation: RowOperation): boolean {
  if (a === b) return true
  if (a.tableKey !== b.tableKey || a.keyId !== b.keyId) return false
  return operation === 'delete' || a.columnsId === b.columnsId
}
