import assert from 'node:assert/strict'
import { test } from 'node:test'
import { designProblems, folderProblems } from './structure-rules.ts'

const many = (count: number, ending = '.ts'): string[] =>
  Array.from({ length: count }, (_, i) => `framework/api/src/data/file-${i}${ending}`)

test('a folder with more than 25 source files is told; tests do not count', () => {
  assert.deepEqual(folderProblems([...many(25), ...many(40, '.test.ts')]), [])
  assert.match(folderProblems(many(26)).join(), /framework\/api\/src\/data: 26 source files/)
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
