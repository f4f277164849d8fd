import type { Change, PlanOptions, Step } from './changes.ts'
import { OrderedSteps } from './ordered-steps.ts'
import { ReducedSteps } from './reduced-steps.ts'
import type { WriteTarget } from './write-target.ts'

/**
 * What to write for a batch of changes so that every row ends as it would have one change at a time.
 *
 * Tables come in the order they are first seen. Where nothing but its own key constrains a row, only the net effect
 * per key is written, sorted by key, so that two tasks never wait for each other in a circle. Elsewhere the order of
 * the changes is kept and neighbours of the same kind are written together.
 */
export function planWrites(changes: readonly Change[], options: PlanOptions): Step[] {
  if (changes.some(({ target }) => target.table.hasSideEffects)) {
    const all = new OrderedSteps(options)
    for (const change of changes) all.add(change)
    return all.steps()
  }
  const tables = new Map<string, Change[]>()
  for (const change of changes) {
    const list = tables.get(change.target.tableKey)
    if (list === undefined) tables.set(change.target.tableKey, [change])
    else list.push(change)
  }
  return [...tables.values()].flatMap((list) => {
    const collector = mayReduce(list, options) ? new ReducedSteps(options.mode) : new OrderedSteps(options)
    for (const change of list) collector.add(change)
    return collector.steps()
  })
}

function mayReduce(changes: readonly Change[], { mode }: PlanOptions): boolean {
  const keyId = changes[0]?.target.keyId
  // Inserts alone are written as they come: a key that occurs twice is an error that must show.
  if (mode === 'insert' && !changes.some(({ isDelete }) => isDelete)) return false
  let last: WriteTarget | undefined
  for (const { target } of changes) {
    if (target === last) continue
    if (!target.mayReorder || target.keyId !== keyId) return false
    last = target
  }
  return true
}
