import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ConfigError, DataError } from '../../errors/connect-errors.ts'
import { JavaRegex, javaRegexValidator } from './java-regex.ts'

type Case = [pattern: string, replacement: string, results: [string, boolean, string | null][]]
const cases = JSON.parse(readFileSync(new URL('fixtures/cases.json', import.meta.url), 'utf8')) as (
  Case | [pattern: string, error: string]
)[]

const accepted = cases.filter((one): one is Case => one.length === 3)
const refused = cases.filter((one): one is [string, string] => one.length === 2)

test(`matches and replaces as java.util.regex does, for ${accepted.length} patterns`, () => {
  for (const [pattern, replacement, results] of accepted) {
    const regex = JavaRegex.compile(pattern)
    const parsed = results.some(([, , replaced]) => replaced !== null) ? regex.replacement(replacement) : null
    for (const [text, matches, replaced] of results) {
      const where = `${pattern} on ${JSON.stringify(text)}`
      assert.equal(regex.matches(text), matches, where)
      if (parsed !== null && replaced !== null) {
        assert.equal(regex.replaceFirst(text, parsed), replaced, `${where} with ${replacement}`)
      }
    }
  }
})

test(`refuses the ${refused.length} patterns that java.util.regex refuses`, () => {
  for (const [pattern] of refused) {
    assert.throws(() => JavaRegex.compile(pattern), ConfigError, `${pattern} was taken`)
  }
})

test("words a syntax error as Java's PatternSyntaxException does", () => {
  assert.throws(() => JavaRegex.compile('*'), { message: "Dangling meta character '*' near index 0\n*\n^" })
  assert.throws(() => JavaRegex.compile('ab+*'), {
    message: "Dangling meta character '*' near index 3\nab+*\n   ^",
  })
})

test('refuses what it cannot translate instead of matching something else', () => {
  for (const pattern of ['\\p{InGreek}', '\\Ga', '\\X', '\\N{DIGIT ONE}', '(?U)a', 'a\\2']) {
    assert.throws(() => JavaRegex.compile(pattern), ConfigError, `${pattern} was taken`)
  }
})

test('a replacement that does not fit the pattern is refused when it is read', () => {
  const regex = JavaRegex.compile('(?<name>a)')
  for (const [replacement, message] of [
    ['$2', 'No group 2'],
    ['${nope}', 'No group with name {nope}'],
    ['${1}', 'capturing group name {1} starts with digit character'],
    ['a$', 'Illegal group reference at index 1 of "a$": write \\$ for a dollar sign'],
    ['a\\', 'character to be escaped is missing'],
    ['${name', "named capturing group is missing trailing '}'"],
  ] as const) {
    assert.throws(() => regex.replacement(replacement), { name: 'ConfigError', message })
  }
  assert.equal(regex.replaceFirst('xay', regex.replacement('$12-$10')), 'xa2-a0y')
})

test('a pattern that backtracks without end is stopped', () => {
  const text = 'a'.repeat(60)
  for (const pattern of ['(a+)+b', '(a|a)*b', '(a?){40}a{40}b']) {
    const regex = JavaRegex.compile(pattern)
    assert.throws(
      () => regex.matches(text),
      (error: unknown) => error instanceof DataError && error.message.includes('60 characters'),
      pattern,
    )
    assert.equal(regex.matches(`${'a'.repeat(12)}c`), false)
  }
})

test('finds a part of a text, in bounded time', () => {
  const regex = JavaRegex.compile('(?i)\\bb+\\b')
  assert.deepEqual(
    ['a BB c', 'bb', 'abba', ''].map((text) => regex.finds(text)),
    [true, true, false, false],
  )
  assert.throws(() => JavaRegex.compile('(a+)+b').finds('a'.repeat(60)), DataError)
})

test('three loops over a long text are stopped too', () => {
  assert.throws(() => JavaRegex.compile('.*x.*x.*x.*y').matches('x'.repeat(20_000)), DataError)
})

test('the validator names the key and what is wrong', () => {
  assert.throws(
    () => javaRegexValidator.check('pattern', 'a('),
    (error: unknown) =>
      error instanceof ConfigError &&
      error.key === 'pattern' &&
      error.message.startsWith('Invalid value a( for configuration pattern: Invalid regex: Unclosed group'),
  )
  javaRegexValidator.check('pattern', 'a(?<b>c)')
  javaRegexValidator.check('pattern', null)
})
