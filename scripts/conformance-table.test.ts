import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { withResults } from './conformance-table.ts'

const page = (rows: readonly string[]): string =>
  [
    'before',
    '<!-- conformance:begin -->',
    '',
    '| case | what | Kafka Connect | Spillway |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '<!-- conformance:end -->',
    'after',
  ].join('\n')

suite('the table of conformance results', () => {
  test('has a row per title, in order of numbers, and counts a case as passed where all its modes are', () => {
    const results = [
      { name: 'B1: later', passed: true },
      { name: 'A10: ten', passed: true },
      { name: 'A2, A3: two', passed: true },
      { name: 'A2, A3: two', passed: false },
      { name: 'not numbered', passed: false },
    ]
    assert.equal(
      withResults(page(['| A1 | gone | passes | passes |']), { 'Kafka Connect': results, Spillway: [] }),
      page([
        '| A2, A3 | two | fails | not run |',
        '| A10 | ten | passes | not run |',
        '| B1 | later | passes | not run |',
      ]),
    )
  })

  test('keeps the column of a runtime that was not run', () => {
    const before = page(['| A1 | one \\| two | passes | fails |', '| A2 | ours | not run | passes |'])
    const results = [{ name: 'A1: one | two', passed: true }]
    assert.equal(
      withResults(before, { Spillway: results }),
      page(['| A1 | one \\| two | passes | passes |', '| A2 | ours | not run | not run |']),
    )
  })

  test('without its markers is an error', () => {
    assert.throws(() => withResults('text', {}), /no <!-- conformance:begin -->/)
  })
})
