import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decisionProblems, lineProblems, pageProblems, tableProblems } from './page-rules.ts'
import { pathProblems } from './structure-rules.ts'

test('a table row over 160 characters is told with its line; long sentences are not', () => {
  const row = (length: number): string => `| ${'x'.repeat(length - 4)} |`
  assert.deepEqual(tableProblems('docs/a.md', `${row(160)}\n${'word '.repeat(60)}`), [])
  assert.match(tableProblems('docs/a.md', `text\n${row(161)}`).join(), /^docs\/a\.md:2: .* of 161 characters/)
})

test('a line over 200 characters is told, unless a fence shows what a program has printed', () => {
  const long = 'x'.repeat(201)
  assert.deepEqual(lineProblems('docs/a.md', `${'x'.repeat(200)}\n\`\`\`\n${long}\n\`\`\``), [])
  assert.match(
    lineProblems('docs/a.md', `\`\`\`\nshort\n\`\`\`\n${long}`).join(),
    /^docs\/a\.md:4: .* of 201 characters/,
  )
})

const decision = (...headings: readonly string[]): string =>
  ['# 0001. A title', ...headings.map((heading) => `## ${heading}\n\nAccepted, 2026-01-02. More.`)].join(
    '\n\n',
  )
const line = '- [0001. A title](0001-a.md): accepted, 2026-01-02.'

test('a decision has four headings, in order, and no others', () => {
  const parts = ['Status', 'Context', 'Decision', 'Consequences']
  assert.deepEqual(decisionProblems('0001-a.md', decision(...parts), line), [])
  for (const wrong of [parts.slice(1), [...parts, 'Measured'], parts.toReversed(), []])
    assert.match(
      decisionProblems('0001-a.md', decision(...wrong), line).join(),
      /0001-a\.md: its headings are/,
    )
})

test('a decision stands in the index with the status of its page', () => {
  const page = decision('Status', 'Context', 'Decision', 'Consequences')
  for (const index of ['', line.replace('accepted', 'replaced'), line.replace('0001-a.md', '0002-b.md')])
    assert.deepEqual(decisionProblems('0001-a.md', page, index), [
      `docs/decisions/README.md lacks the line "${line}"`,
    ])
  const without = page.replace('Accepted, 2026-01-02. More.', '')
  assert.equal(decisionProblems('0001-a.md', without, line).length, 1)
})

test('a path that a page names and that is not there is told with the page', () => {
  const page = 'In `scripts/a.ts` and `scripts/b.ts`, by `npm run x`.'
  assert.deepEqual(
    pathProblems('docs/p.md', page, (path) => path === 'scripts/a.ts'),
    ['docs/p.md names scripts/b.ts, which is not there'],
  )
})

test('the pages of this repository follow these rules', () => {
  assert.deepEqual(pageProblems(), [])
})
