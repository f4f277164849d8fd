import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { parseIsoDateTime } from './iso-date-time.ts'
import { JodaParser } from './joda-parser.ts'
import { JodaPattern } from './joda-pattern.ts'
import { nextScheduledRotation } from './scheduled-rotation.ts'
import { TimeBuckets } from './time-buckets.ts'
import { timeZone } from './time-zone.ts'

type Row = readonly [kind: string, ...values: unknown[]]

const rows = readFileSync(new URL('./golden/joda-golden.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Row)

/** The rows of a kind, without its name. */
function rowsOf<T extends readonly unknown[]>(kind: string): T[] {
  return rows.filter((row) => row[0] === kind).map((row) => row.slice(1) as unknown as T)
}

function listOf(kind: string): readonly string[] {
  return rowsOf<[string[]]>(kind)[0]?.[0] ?? []
}

const golden = {
  zones: listOf('zones'),
  patterns: listOf('patterns'),
  locales: listOf('locales'),
  buckets: rowsOf<[string, number, number, number, number, string]>('bucket'),
  rotations: rowsOf<[number, number, number, number]>('rotation'),
  isoTexts: rowsOf<[string, number | string]>('iso'),
  badPatterns: rowsOf<[string, string]>('badPattern'),
  parsed: rowsOf<[string, string, number]>('parsed'),
}
const newYork = timeZone('America/New_York')

suite('what Joda-Time itself prints (golden/JodaGolden.java)', () => {
  test('T27 T31 buckets of every zone, pattern, duration and locale', () => {
    const wrong = golden.buckets.filter(([utcMs, durationMs, zone, pattern, locale, text]) => {
      const joda = new JodaPattern(
        golden.patterns[pattern] ?? '',
        timeZone(golden.zones[zone] ?? ''),
        golden.locales[locale] ?? '',
      )
      return new TimeBuckets(joda, durationMs).encode(Number(utcMs)) !== text
    })
    assert.ok(golden.buckets.length > 1600)
    assert.deepEqual(wrong, [])
  })

  test('T38 the grid of scheduled rotation on days of every length', () => {
    const found = golden.rotations.map(([nowMs, periodMs, zone]) => [
      nowMs,
      periodMs,
      zone,
      nextScheduledRotation(nowMs, periodMs, timeZone(golden.zones[zone] ?? '')),
    ])
    assert.ok(golden.rotations.length > 400)
    assert.deepEqual(found, golden.rotations)
  })

  test('T28 ISO texts, and what is said of those that are none', () => {
    const found = golden.isoTexts.map(([text]) => [text, outcome(() => parseIsoDateTime(text, newYork))])
    assert.deepEqual(found, golden.isoTexts)
  })

  test('patterns that are none', () => {
    const found = golden.badPatterns.map(([pattern]) => [
      pattern,
      outcome(() => new JodaPattern(pattern, newYork, 'en').format(0)),
    ])
    assert.deepEqual(found, golden.badPatterns)
  })

  test('texts read by a pattern', () => {
    const found = golden.parsed.map(([pattern, text]) => [
      pattern,
      text,
      outcome(() => new JodaParser(pattern, newYork, 'en').parse(text)),
    ])
    assert.deepEqual(found, golden.parsed)
  })
})

function outcome(run: () => number | string): number | string {
  try {
    return run()
  } catch (error) {
    return (error as Error).message
  }
}
