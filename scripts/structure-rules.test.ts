import assert from 'node:assert/strict'
import { test } from 'node:test'
import { designProblems, folderProblems, nameProblems, sizeProblems } from './structure-rules.ts'

const many = (count: number, ending = '.ts'): string[] =>
  Array.from({ length: count }, (_, i) => `framework/api/src/data/file-${i}${ending}`)

test('a folder with more than 25 source files is told; tests do not count', () => {
  assert.deepEqual(folderProblems([...many(25), ...many(40, '.test.ts')]), [])
  assert.match(folderProblems(many(26)).join(), /framework\/api\/src\/data: 26 source files/)
})

const lines = (file: string, count: number) => ({ file, text: 'a\n'.repeat(count) })

test('a package of more than 15,000 lines is told, of streams 30,000; tests and testing do not count', () => {
  const fits = [
    lines('framework/api/src/a.ts', 15_000),
    lines('framework/api/src/a.test.ts', 9),
    lines('framework/api/src/testing/a.ts', 9),
    lines('framework/api/src/conformance/a.ts', 9),
    lines('framework/api/other/a.ts', 9),
    lines('framework/src/a.ts', 15_000),
    lines('transforms/streams/src/dsl/a.ts', 30_000),
  ]
  assert.deepEqual(sizeProblems(fits), [])
  assert.match(
    sizeProblems([...fits, lines('framework/api/src/data/b.ts', 1)]).join(),
    /^framework\/api: 15001 lines, more than 15000/,
  )
  assert.match(
    sizeProblems([...fits, lines('transforms/streams/src/core/b.ts', 1)]).join(),
    /^transforms\/streams: 30001 lines, more than 30000/,
  )
})

const KINDS = [
  'interface Target {',
  'type Target =',
  'class Target<T> {',
  'abstract class Target {',
  'enum Target {',
]

for (const kind of KINDS) {
  test(`a second exported type of a name is told: export ${kind}`, () => {
    const first = { file: 'framework/api/src/data/a.ts', text: 'export interface Target {}\n' }
    const second = { file: 'framework/api/src/b.ts', text: `\nexport ${kind}\n` }
    assert.deepEqual(nameProblems([first, second]), [
      'framework/api/src/data/a.ts and framework/api/src/b.ts both export a type Target: rename one, or share it',
    ])
    const elsewhere = { ...second, file: 'framework/kafka/src/b.ts' }
    const ofTests = { ...second, file: 'framework/api/src/b.test.ts' }
    assert.deepEqual(nameProblems([first, elsewhere, ofTests]), [])
  })
}

test('a type with a value of its name, re-exports, and types kept to one file are no second type', () => {
  const first = { file: 'framework/api/src/a.ts', text: 'export type Reset = 1\nexport const Reset = 1\n' }
  const others = "export type { Reset } from './a.ts'\ntype Reset = 2\nexport type Resets = Reset[]\n"
  assert.deepEqual(nameProblems([first, { file: 'framework/api/src/b.ts', text: others }]), [])
})

test('a room without a row, and a path that is not there, are told', () => {
  const files = ['framework/api/src/data/schema.ts', 'framework/api/src/index.ts']
  const row = '| `framework/api/src/data` | what | suite |'
  assert.deepEqual(
    designProblems(row, files, () => true),
    [],
  )
  assert.deepEqual(
    designProblems('', files, () => true),
    ['DESIGN.md has no row for framework/api/src/data'],
  )
  assert.deepEqual(
    designProblems(`${row}\n\`framework/worker/src/gone.ts\``, files, (path) => !path.endsWith('gone.ts')),
    ['DESIGN.md names framework/worker/src/gone.ts, which is not there'],
  )
})
