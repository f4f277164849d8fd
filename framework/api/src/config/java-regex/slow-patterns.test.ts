import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../../time/clock.ts'
import { ConfigError } from '../../errors/connect-errors.ts'
import { exampleMatch } from './example-match.ts'
import { JavaRegex } from './java-regex.ts'
import { SlowRegexError } from './slow-regex-error.ts'

function stillClock(): Clock & { at: number } {
  const clock = {
    at: 1_000,
    now: () => clock.at,
    monotonic: () => clock.at,
    sleep: async (ms: number) => void (clock.at += ms),
  }
  return clock
}

/** The limit that a match had, as its error tells it; 0 where it was not tried. */
function limitOf(regex: JavaRegex, text: string): number {
  try {
    assert.equal(regex.matches(text), false)
    assert.fail(`${text.length} characters were matched`)
  } catch (error) {
    assert.ok(error instanceof SlowRegexError, String(error))
    return Number(/longer than (\d+) ms/.exec(error.message)?.[1] ?? 0)
  }
}

const EVIL: readonly (readonly [pattern: string, text: string, why: string])[] = [
  ['(a+)+b', 'a'.repeat(60), 'a loop in a loop'],
  ['(a|aa)+b', 'a'.repeat(80), 'alternatives in a loop'],
  ['(a*){9}b', 'a'.repeat(200), 'a loop in a short repetition'],
  ['(a?){9}'.repeat(9) + 'a{81}b', 'a'.repeat(81), 'what may be left out, in short repetitions'],
  ['a?'.repeat(40) + 'a'.repeat(40) + 'b', 'a'.repeat(40), 'what may be left out, written out'],
  ['(a|aa)'.repeat(40) + 'b', 'a'.repeat(60), 'alternatives, written out'],
  ['(?:a|aa){5}'.repeat(8) + 'b', 'a'.repeat(60), 'alternatives in short repetitions'],
  ['a{0,5000}a{0,5000}a{0,5000}b', 'a'.repeat(5000), 'long repetitions with an upper bound'],
  ['a{1,8}'.repeat(15) + 'b', 'a'.repeat(120), 'short repetitions with bounds'],
  ['(a*)(a*)\\1\\2b', 'a'.repeat(3000), 'references back to loops'],
  ['.*a.*a.*a.*b', 'a'.repeat(5000), 'four loops one after the other'],
  ['(?>(a+)+b)', 'a'.repeat(60), 'in an atomic group'],
  ['(?:(a+)++)b', 'a'.repeat(60) + 'c', 'a possessive loop around a greedy one that fits'],
  ['(?=(a+)+b)a', 'a'.repeat(60), 'in a look ahead'],
  ['(?i)(A+)+B', 'a'.repeat(60), 'whatever its case'],
  ['([a-z]+)*\\d', 'x'.repeat(60), 'over a class'],
]

suite('patterns that backtrack without end', () => {
  for (const [pattern, text, why] of EVIL) {
    test(`are stopped, or answer at once: ${why}`, () => {
      const regex = JavaRegex.compile(pattern, { key: 'topics.regex', limitMs: 20 })
      try {
        assert.equal(regex.matches(text), false)
      } catch (error) {
        assert.ok(error instanceof SlowRegexError, String(error))
        assert.match(error.message, new RegExp(`text of ${text.length} characters .* \\(topics\\.regex\\)`))
      }
    })
  }

  test('get half the time after each time-out, and what matches at all goes on matching beside them', () => {
    const regex = JavaRegex.compile('(a+)+b', { limitMs: 64, clock: stillClock() })
    const limits = Array.from({ length: 12 }, (_, i) => {
      assert.equal(regex.matches(`${'a'.repeat(20)}b`), true)
      return limitOf(regex, 'a'.repeat(50 + i))
    })
    assert.deepEqual(limits, [64, 32, 16, 8, 4, 2, 2, 2, 2, 2, 2, 2])
  })

  test('what matches goes on matching beside them on a machine that has no processor to spare', async () => {
    const others = Array.from({ length: 8 }, () => new Worker('for (;;);', { eval: true }))
    try {
      const regex = JavaRegex.compile('(a+)+b', { limitMs: 64, clock: stillClock() })
      for (let i = 0; i < 60; i++) {
        limitOf(regex, 'a'.repeat(50 + i))
        assert.equal(regex.matches(`good ${i}`), false)
        assert.equal(regex.matches(`${'a'.repeat(i)}ab`), true)
      }
    } finally {
      await Promise.all(others.map(async (other) => other.terminate()))
    }
  })

  test('have five times their first limit in a minute, whatever comes; then they start afresh', () => {
    const clock = stillClock()
    const regex = JavaRegex.compile('(a+)+b', { limitMs: 8, clock })
    const spent = (): number =>
      Array.from({ length: 100 }, (_, i) => limitOf(regex, 'a'.repeat(50 + i))).reduce(
        (sum, ms) => sum + ms,
        0,
      )
    assert.equal(spent(), 40)
    assert.equal(limitOf(regex, 'ab'), 0)
    clock.at += 59_999
    assert.equal(spent(), 0)
    clock.at += 1
    assert.equal(regex.matches('ab'), true)
    assert.equal(spent(), 40)
  })

  test('are not tried again with a text that they failed with', () => {
    const regex = JavaRegex.compile('(a+)+b', { limitMs: 64, clock: stillClock() })
    const text = 'a'.repeat(60)
    assert.deepEqual(
      [1, 2, 3].map(() => limitOf(regex, text)),
      [64, 0, 0],
    )
    assert.equal(limitOf(regex, `${text}a`), 32)
  })

  test('replaceFirst and replaceAll are watched as matches is', () => {
    const regex = JavaRegex.compile('(a+)+b', { limitMs: 10 })
    const replacement = regex.replacement('<$1>')
    assert.equal(regex.replaceAll('xaabyabz', replacement), 'x<aa>y<a>z')
    assert.throws(() => regex.replaceFirst('a'.repeat(60), replacement), SlowRegexError)
    assert.throws(() => regex.replaceAll(`ab${'a'.repeat(61)}`, replacement), SlowRegexError)
  })

  test('a text that takes more memory than V8 has for it is told, not thrown as a RangeError', () => {
    const regex = JavaRegex.compile('(?:a|b)*c', { key: 'pattern' })
    assert.throws(() => regex.matches('ab'.repeat(5_000_000)), {
      name: 'SlowRegexError',
      message: /10000000 characters takes more memory .*\(pattern\)/,
    })
  })
})

test('replaceAll replaces as Java does, empty matches too', () => {
  for (const [pattern, replacement, text, expected] of [
    ['a', 'x', 'banana', 'bxnxnx'],
    ['a*', '-', 'baac', '-b--c-'],
    ['', '.', 'ab', '.a.b.'],
    ['(?<word>\\w+)', '${word}$1', 'one two', 'oneone twotwo'],
    ['^a', 'x', 'aaa', 'xaa'],
    ['z', 'x', 'abc', 'abc'],
  ] as const) {
    const regex = JavaRegex.compile(pattern)
    assert.equal(regex.replaceAll(text, regex.replacement(replacement)), expected, pattern)
  }
})

test('a pattern that takes long to compile, or overflows a stack, is refused', () => {
  const nested = (open: string, inner: string, close: string, times: number): string =>
    open.repeat(times) + inner + close.repeat(times)
  for (const [pattern, message] of [
    ['a'.repeat(20_001), /20001 characters is too long/],
    [nested('(', 'a', ')', 5000), /more than 200 deep/],
    [nested('(?:', 'a', ')*', 500), /more than 200 deep/],
    [nested('(?=', 'a', ')', 500), /more than 200 deep/],
    [nested('(?i:', 'a', ')', 500), /more than 200 deep/],
    [nested('[', 'a', ']', 5000), /more than 200 deep/],
    ['a?'.repeat(1001), /More than 1000 repetitions/],
    ['|'.repeat(5001), /More than 5000 alternatives/],
    ['\\p{L}'.repeat(501), /More than 500 character classes/],
    ['[a-z]'.repeat(501), /More than 500 character classes/],
    ['(?i)' + 'a'.repeat(19_000), /Unsupported regular expression/],
  ] as const) {
    assert.throws(
      () => JavaRegex.compile(pattern),
      (error: unknown) =>
        error instanceof ConfigError && message.test(error.message) && error.message.length < 2_500,
      `${pattern.slice(0, 20)}… was taken`,
    )
  }
  for (const pattern of ['x'.repeat(19_000), nested('(', 'a', ')', 200), '[a-z]'.repeat(500)]) {
    JavaRegex.compile(pattern)
  }
})

test('no example is made of a pattern that is long, or whose example would be', () => {
  for (const pattern of [
    'a{999999999}',
    '((a{200}){200}){200}',
    'a{250}',
    'a'.repeat(501),
    '[a-z]+'.repeat(31),
    nestedLoops(100),
    '(a+)+(a+)+(a+)+'.repeat(2) + '[b-z]{0}c'.repeat(3) + '(?:x|y|a)+z',
  ]) {
    const example = exampleMatch(pattern)
    assert.ok(example === undefined || example.length < 250, pattern)
  }
  assert.equal(exampleMatch('a{249}'), 'a'.repeat(249))
})

function nestedLoops(depth: number): string {
  return '('.repeat(depth) + 'a+' + ')+'.repeat(depth)
}
