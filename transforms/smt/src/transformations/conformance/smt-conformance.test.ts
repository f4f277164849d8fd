import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  Decimal,
  type Header,
  isConnectError,
  type PredicatePlugin,
  type Schema,
  type SinkRecord,
  Struct,
  type TransformationPlugin,
  valuesEqual,
} from '@spillway/api'
import { predicates, transformations } from '../../index.ts'
import { deviationOf, type Outcome } from './deviations.ts'
import { decodeRecord, decodeSchema, type EncodedSchema, type FixtureCase } from './fixture-codec.ts'

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8'))
const fixtures = read('cases.json') as { schemas: EncodedSchema[]; cases: FixtureCase[] }
const schemas = fixtures.schemas.map((schema) => decodeSchema(schema) as Schema)
const plugins = new Map<string, TransformationPlugin | PredicatePlugin>(
  [...transformations, ...predicates].map((plugin) => [plugin.className, plugin]),
)

async function runCase(fixture: FixtureCase): Promise<Outcome> {
  const plugin = plugins.get(fixture.class)
  assert.ok(plugin, `there is no plugin ${fixture.class}`)
  let stage: 'configure' | 'apply' = 'configure'
  try {
    if (plugin.kind === 'predicate') {
      const predicate = plugin.create()
      await predicate.configure(fixture.config)
      stage = 'apply'
      return { test: predicate.test(decodeRecord(fixture.in, schemas)) }
    }
    const transformation = plugin.create()
    await transformation.configure(fixture.config)
    stage = 'apply'
    const result = await transformation.apply(decodeRecord(fixture.in, schemas))
    assert.ok(!Array.isArray(result))
    return { record: result as SinkRecord | null }
  } catch (error) {
    return { stage, error }
  }
}

/** A message without Java's own classes, what Kafka's ConfigException does with a cause, and the hints we add. */
function comparable(message: string): string {
  return message
    .replace(/^Invalid value java\.lang\.\w+: .* for configuration (.*)$/, '$1')
    .replace(/ \((?:did you mean .*|Illegal pattern character '.'|Unterminated quote)\)$/, '')
    .replaceAll(/java\.util\.\w+\$ArrayList/g, 'java.util.ArrayList')
    .replaceAll('java.util.LinkedHashMap', 'java.util.HashMap')
}

function assertSchema(actual: Schema | null, expected: Schema | null, where: string): void {
  assert.ok(
    expected === null ? actual === null : expected.equals(actual),
    `${where}: expected ${describe(expected)}, but found ${describe(actual)}`,
  )
}

function describe(schema: Schema | null): string {
  return JSON.stringify(schema, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    const some = value as Schema
    return some?.type === 'STRUCT' ? { ...some, fields: some.fields } : value
  })
}

function assertValue(actual: unknown, expected: unknown, where: string): void {
  // Schemas are compared before; of the structs only the values are left.
  const same =
    actual instanceof Struct && expected instanceof Struct
      ? valuesEqual(rawValues(actual), rawValues(expected))
      : valuesEqual(actual ?? null, expected)
  assert.ok(same, `${where}: expected ${show(expected)}, but found ${show(actual)}`)
}

function rawValues(struct: Struct): unknown[] {
  return struct.schema.fields.map((field) => struct.at(field.index))
}

function show(value: unknown): string {
  if (value instanceof Struct) return value.toString()
  if (value instanceof Decimal || typeof value !== 'object') return `${typeof value} ${String(value)}`
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item))
}

function assertOutcome(fixture: FixtureCase, outcome: Outcome): void {
  if (fixture.error !== undefined) {
    assert.ok('error' in outcome, `expected ${fixture.error.message}, but it worked`)
    const { error, stage } = outcome
    assert.ok(isConnectError(error), `not an error of ours: ${String((error as Error).stack)}`)
    assert.equal(comparable(error.message), comparable(fixture.error.message))
    assert.equal(stage, fixture.error.stage)
    assert.equal(error.javaClass, fixture.error.class.replace(/.*\.ConfigException/, error.javaClass))
    return
  }
  if ('error' in outcome) throw outcome.error
  if (fixture.test !== undefined) {
    assert.deepEqual(outcome, { test: fixture.test })
    return
  }
  assert.ok('record' in outcome)
  const actual = outcome.record
  if (fixture.out === null || fixture.out === undefined) {
    assert.equal(actual, null)
    return
  }
  assert.ok(actual !== null, 'the record was dropped')
  const expected = decodeRecord(fixture.out, schemas)
  assert.equal(actual.topic, expected.topic)
  assertSchema(actual.keySchema, expected.keySchema, 'key schema')
  assertSchema(actual.valueSchema, expected.valueSchema, 'value schema')
  assertValue(actual.key, expected.key, 'key')
  assertValue(actual.value, expected.value, 'value')
  assert.deepEqual(
    [...actual.headers].map((header) => header.key),
    [...expected.headers].map((header) => header.key),
  )
  const expectedHeaders = [...expected.headers]
  for (const [i, header] of [...actual.headers].entries()) {
    const wanted = expectedHeaders[i] as Header
    assertSchema(header.schema, wanted.schema, `schema of header ${header.key}`)
    assertValue(header.value, wanted.value, `header ${header.key}`)
  }
}

for (const fixture of fixtures.cases) {
  const deviation = deviationOf(fixture)
  const title = deviation === undefined ? fixture.name : `${fixture.name} (${deviation.why})`
  test(`${title} [${fixture.class.slice(fixture.class.lastIndexOf('.') + 1)}]`, async () => {
    const outcome = await runCase(fixture)
    if (deviation === undefined) assertOutcome(fixture, outcome)
    else deviation.assert(outcome, fixture)
  })
}
