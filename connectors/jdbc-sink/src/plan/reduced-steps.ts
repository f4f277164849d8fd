import type { InsertMode } from '../config/sink-settings.ts'
import type { Bound } from '../dialects/dialect.ts'
import { type Change, keyTextOf, type Step, type StepCollector } from './changes.ts'
import type { WriteTarget } from './write-target.ts'

/** A change of a key, with the round it is in: deletes are in even rounds, writes in odd ones. */
interface Pending {
  readonly key: string
  readonly change: Change
  readonly round: number
  /** False once a later change of the same key makes it needless. */
  isLive: boolean
}

/**
 * The net effect per key. Changes of different keys may overtake each other, those of one key never do: round 0
 * deletes, round 1 writes, round 2 deletes and so on, each sorted by key. Most batches have one or two rounds.
 *
 * A write makes an earlier one needless where it sets every column that one sets; a delete makes all before it
 * needless. Inserts are never needless: one that fails must be told.
 */
export class ReducedSteps implements StepCollector {
  readonly #mode: InsertMode
  readonly #byKey = new Map<string, Pending[]>()
  readonly #all: Pending[] = []

  constructor(mode: InsertMode) {
    this.#mode = mode
  }

  add(change: Change): void {
    const key = keyTextOf(change)
    const history = this.#byKey.get(key)
    const round = this.#roundOf(change, history)
    if (round === undefined) return
    const pending: Pending = { key, change, round, isLive: true }
    this.#all.push(pending)
    if (history === undefined) this.#byKey.set(key, [pending])
    else history.push(pending)
  }

  steps(): Step[] {
    const rounds = new Map<number, Pending[]>()
    for (const pending of this.#all) {
      if (!pending.isLive) continue
      const list = rounds.get(pending.round)
      if (list === undefined) rounds.set(pending.round, [pending])
      else list.push(pending)
    }
    return [...rounds]
      .sort(([a], [b]) => a - b)
      .flatMap(([round, list]) => (round % 2 === 0 ? deletes(list) : writes(list, this.#mode)))
  }

  /** The first round this change may be in; undefined where it changes nothing. */
  #roundOf(change: Change, history: readonly Pending[] | undefined): number | undefined {
    const before = history?.at(-1)
    if (history === undefined || before === undefined) return change.isDelete ? 0 : 1
    const isInsert = this.#mode === 'insert'
    if (change.isDelete) {
      if (before.change.isDelete) return undefined
      if (isInsert) return before.round + 1
      for (const pending of history) pending.isLive = false
      return 0
    }
    if (before.change.isDelete) {
      // The row is gone: an update finds nothing.
      return this.#mode === 'update' ? undefined : before.round + 1
    }
    if (isInsert) return before.round
    if (!setsAllOf(change.target, before.change.target)) return before.round + 2
    before.isLive = false
    return before.round
  }
}

function setsAllOf(later: WriteTarget, earlier: WriteTarget): boolean {
  if (later === earlier || later.columnsId === earlier.columnsId) return true
  for (const name of earlier.columnNames) if (!later.columnNames.has(name)) return false
  return true
}

function deletes(list: readonly Pending[]): Step[] {
  const [first] = list
  return first === undefined
    ? []
    : [{ operation: 'delete', target: first.change.target, rows: sortedRows(list) }]
}

/** One step per set of columns; their keys differ, so their order means nothing. */
function writes(list: readonly Pending[], mode: InsertMode): Step[] {
  const groups = new Map<string, Pending[]>()
  for (const pending of list) {
    const { columnsId } = pending.change.target
    const group = groups.get(columnsId)
    if (group === undefined) groups.set(columnsId, [pending])
    else group.push(pending)
  }
  return [...groups.values()].map((group) => ({
    operation: mode,
    target: (group[0] as Pending).change.target,
    rows: sortedRows(group),
  }))
}

/** By key text: any order serves, as long as every task has the same one. */
function sortedRows(list: readonly Pending[]): (readonly Bound[])[] {
  return list
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map((pending) => pending.change.row)
}
