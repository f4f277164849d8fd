import assert from 'node:assert/strict'
import test from 'node:test'
import type { TableStructure } from '../dialects/dialect.ts'
import type { Change, Step } from './changes.ts'
import { planWrites } from './write-plan.ts'
import type { WriteTarget } from './write-target.ts'

function target(
  columns: string,
  changes: Partial<WriteTarget> & { sideEffects?: boolean; name?: string } = {},
): WriteTarget {
  const names = columns.split(',')
  const name = changes.name ?? 't'
  const table: TableStructure = {
    id: { catalog: undefined, schema: undefined, name },
    kind: 'TABLE',
    columns: [],
    primaryKey: ['id'],
    uniqueIndexes: [['id']],
    hasOtherConstraints: false,
    hasSideEffects: changes.sideEffects === true,
  }
  return {
    tableKey: name,
    table,
    fields: [],
    columns: names.map((column) => ({ name: column, type: 'integer', isNullable: true, isLoose: false })),
    keyCount: 1,
    binders: [],
    keyTexts: [String],
    columnsId: columns,
    keyId: 'id',
    columnNames: new Set(names),
    mayReorder: true,
    ...changes,
  }
}

const AB = target('id,a,b')
const A = target('id,a')
const put = (of: WriteTarget, ...row: unknown[]): Change => ({ target: of, isDelete: false, row })
const del = (of: WriteTarget, id: unknown): Change => ({ target: of, isDelete: true, row: [id] })
const show = (steps: readonly Step[]): string[] =>
  steps.map(
    ({ operation, target: of, rows }) =>
      `${operation} ${of.table.id.name}(${of.columnsId}) ${JSON.stringify(rows)}`,
  )
const upsert = { mode: 'upsert', appliesRowsInOrder: false } as const

test('of each key only the last write is left, sorted by key', () => {
  assert.deepEqual(
    show(planWrites([put(AB, '2', 'x', 'y'), put(AB, '1', 'x', 'y'), put(AB, '2', 'z', 'z')], upsert)),
    ['upsert t(id,a,b) [["1","x","y"],["2","z","z"]]'],
  )
})

test('a write that leaves columns out does not hide an earlier one that sets them', () => {
  assert.deepEqual(show(planWrites([put(AB, '1', 'x', 'y'), put(A, '1', 'z')], upsert)), [
    'upsert t(id,a,b) [["1","x","y"]]',
    'upsert t(id,a) [["1","z"]]',
  ])
  assert.deepEqual(show(planWrites([put(A, '1', 'z'), put(AB, '1', 'x', 'y')], upsert)), [
    'upsert t(id,a,b) [["1","x","y"]]',
  ])
})

test('a delete hides what came before it and stays before what comes after', () => {
  assert.deepEqual(
    show(
      planWrites([put(AB, '1', 'x', 'y'), del(AB, '1'), put(A, '1', 'z'), put(AB, '2', 'x', 'y')], upsert),
    ),
    ['delete t(id,a,b) [["1"]]', 'upsert t(id,a) [["1","z"]]', 'upsert t(id,a,b) [["2","x","y"]]'],
  )
})

test('an update of a row deleted before changes nothing', () => {
  const update = { mode: 'update', appliesRowsInOrder: false } as const
  assert.deepEqual(show(planWrites([del(AB, '1'), put(AB, '1', 'x', 'y')], update)), [
    'delete t(id,a,b) [["1"]]',
  ])
})

test('inserts keep every record; between deletes of their key they take turns', () => {
  const insert = { mode: 'insert', appliesRowsInOrder: false } as const
  assert.deepEqual(show(planWrites([put(A, '1', 'x'), put(A, '1', 'y')], insert)), [
    'insert t(id,a) [["1","x"],["1","y"]]',
  ])
  assert.deepEqual(
    show(planWrites([put(A, '1', 'x'), del(A, '1'), put(A, '1', 'y'), put(A, '2', 'z')], insert)),
    ['insert t(id,a) [["1","x"],["2","z"]]', 'delete t(id,a) [["1"]]', 'insert t(id,a) [["1","y"]]'],
  )
})

test('tables come in the order they are first seen', () => {
  const z = target('id,a', { name: 'z' })
  assert.deepEqual(
    planWrites([put(z, '1', 'x'), put(A, '1', 'x'), put(z, '2', 'x')], upsert).map(
      (s) => s.target.table.id.name,
    ),
    ['z', 't'],
  )
})

test('where rows are constrained by more than their key, the order stays and a key is never twice in a step', () => {
  const strict = target('id,a', { mayReorder: false })
  assert.deepEqual(
    show(
      planWrites(
        [put(strict, '2', 'x'), put(strict, '1', 'y'), put(strict, '2', 'z'), del(strict, '1')],
        upsert,
      ),
    ),
    ['upsert t(id,a) [["2","x"],["1","y"]]', 'upsert t(id,a) [["2","z"]]', 'delete t(id,a) [["1"]]'],
  )
})

test('where writes touch other tables, all records keep their order', () => {
  const parent = target('id,a', { name: 'parent', sideEffects: true })
  assert.deepEqual(
    planWrites([put(parent, '1', 'x'), put(A, '1', 'x'), put(parent, '2', 'x')], upsert).map(
      (s) => s.target.table.id.name,
    ),
    ['parent', 't', 'parent'],
  )
})
