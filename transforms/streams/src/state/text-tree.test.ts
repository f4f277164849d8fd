import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { propertyRuns } from '../testing/state-stores/harness.ts'
import { TextTree, type TreeWalk } from './text-tree.ts'

interface TextRow {
  readonly text: string
}

function walked(walk: TreeWalk<TextRow>): string[] {
  const texts: string[] = []
  for (let row = walk.next(); row !== undefined; row = walk.next()) texts.push(row.text)
  return texts
}

const numbered = (i: number): TextRow => ({ text: String(i).padStart(6, '0') })

test('a tree is a sorted set whatever is inserted and removed', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 600 })), {
    maxLength: 900,
    size: 'max',
  })
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 600 }), (history, from) => {
      const tree = new TextTree<TextRow>()
      const model = new Set<string>()
      for (const [adds, number] of history) {
        const row = numbered(number)
        if (!adds) {
          tree.remove(row.text)
          model.delete(row.text)
        } else if (!model.has(row.text)) {
          tree.insert(row)
          model.add(row.text)
        }
      }
      const sorted = [...model].sort()
      const bound = numbered(from).text
      assert.equal(tree.size, sorted.length)
      assert.deepEqual(walked(tree.walk(null, false)), sorted)
      assert.deepEqual(walked(tree.walk(null, true)), sorted.toReversed())
      assert.deepEqual(
        walked(tree.walk(bound, false)),
        sorted.filter((text) => text >= bound),
      )
      assert.deepEqual(walked(tree.walk(bound, true)), sorted.filter((text) => text <= bound).reverse())
    }),
    { numRuns: propertyRuns },
  )
})

test('a tree of several levels keeps its order through appends, random removals and bulk building', () => {
  const rows = Array.from({ length: 20_000 }, (_unused, i) => numbered(i))
  const appended = new TextTree<TextRow>()
  for (const row of rows) appended.insert(row)
  const built = TextTree.ofSorted(rows)
  for (const tree of [appended, built]) {
    assert.deepEqual(
      walked(tree.walk(null, false)),
      rows.map((row) => row.text),
    )
    // A stride that is prime to the length touches each row once, in no order.
    for (let i = 0; i < rows.length - 100; i++) tree.remove(numbered((i * 7_919) % rows.length).text)
    assert.equal(tree.size, 100)
    const left = walked(tree.walk(null, true))
    assert.deepEqual(left, left.toSorted().reverse())
    assert.equal(left.length, 100)
    for (const text of left) tree.remove(text)
    assert.deepEqual(walked(tree.walk(null, false)), [])
    tree.insert(numbered(1))
    assert.deepEqual(walked(tree.walk(null, false)), ['000001'])
  }
})

test('a walk finds its place again when the tree changes under it', () => {
  const tree = new TextTree<TextRow>()
  for (let i = 0; i < 1_000; i += 2) tree.insert(numbered(i))
  const walk = tree.walk(null, false)
  const seen: string[] = []
  for (let row = walk.next(); row !== undefined; row = walk.next()) {
    seen.push(row.text)
    if (Number(row.text) % 2 === 0) {
      tree.insert(numbered(Number(row.text) + 1_001))
      tree.remove(row.text)
    }
  }
  assert.deepEqual(
    seen.slice(0, 500),
    Array.from({ length: 500 }, (_unused, i) => numbered(i * 2).text),
  )
  assert.equal(new Set(seen).size, seen.length)
})
