import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { errorProblems, type PackageErrors, readPackageErrors } from './error-tables.ts'

const row = { code: 'A', javaClass: 'j', meaning: 'm', remedy: 'r', retriable: false }

/** A package of one file. */
function packageOf(source: string, rows: PackageErrors['table']['rows'], internal = {}): PackageErrors {
  return { folder: 'p', sources: { 'p/src/a.ts': source }, table: { rows, internal } }
}

const derived = 'class Bad extends Error {\n  static override readonly row: ErrorRow = table.rows.Bad\n}\n'

suite('tables of errors', () => {
  test('name each error class of this repository, and no other', async () => {
    const packages = await readPackageErrors(join(import.meta.dirname, '..'))
    const rows = packages.flatMap(({ table }) => Object.values(table.rows))
    assert.ok(rows.length >= 40, `${rows.length} rows`)
    assert.deepEqual(errorProblems(packages), [])
    for (const { code, meaning, remedy } of rows) {
      assert.match(code, /^[A-Z]+(?:_[A-Z]+)+$/)
      assert.match(meaning, /\.$/, code)
      assert.match(remedy, /\.$/, code)
    }
  })

  test('find what does not fit', () => {
    const cases: readonly (readonly [PackageErrors[], RegExp[]])[] = [
      [[packageOf(derived, { Bad: row })], []],
      [[packageOf(derived, {})], [/Bad has no row/]],
      [[packageOf('class Bad extends Error {}\n', { Bad: row })], [/Bad does not take its row/]],
      [[packageOf('class Bad extends TypeError {}\n', {}, { Bad: 'caught' })], []],
      [[packageOf('class Good extends Base {}\n', { Good: row })], [/Good, which is no error class/]],
      [
        [
          packageOf('class Base extends Error {}\n', {}, { Base: 'x' }),
          packageOf('class Bad<T> extends Base {}\n', {}),
        ],
        [/Bad has no row/],
      ],
      [
        [packageOf(derived, { Bad: row }), packageOf(derived.replaceAll('Bad', 'Worse'), { Worse: row })],
        [/Worse has the code A of Bad/],
      ],
    ]
    for (const [packages, expected] of cases) {
      const found = errorProblems(packages)
      assert.equal(found.length, expected.length, found.join('\n'))
      expected.forEach((pattern, i) => assert.match(found[i] ?? '', pattern))
    }
  })
})
