import assert from 'node:assert/strict'
import { ConfigError, DataError, Decimal, type SinkRecord, type Struct } from '@spillway/api'
import type { FixtureCase } from './fixture-codec.ts'

/** What a case came to. */
export type Outcome =
  | { readonly record: SinkRecord | null }
  | { readonly test: boolean }
  | { readonly stage: 'configure' | 'apply'; readonly error: unknown }

/** A case where Spillway means to differ from Kafka Connect 4.3.1; docs/decisions/0005 gives the reasons. */
export interface Deviation {
  readonly why: string
  readonly names: RegExp
  assert(outcome: Outcome, fixture: FixtureCase): void
}

function refuses(
  outcome: Outcome,
  stage: 'configure' | 'apply',
  type: typeof ConfigError | typeof DataError,
  message: string,
): void {
  assert.ok('error' in outcome, 'it was taken')
  assert.ok(outcome.error instanceof type)
  assert.equal(outcome.error.message, message)
  assert.equal(outcome.stage, stage)
}

function recordOf(outcome: Outcome): SinkRecord {
  assert.ok('record' in outcome && outcome.record !== null)
  return outcome.record
}

const DEVIATIONS: readonly Deviation[] = [
  {
    why: 'the error names the key that is wrong',
    names: /^E1 Cast refuses or takes the spec 'foo:int8:extra'$/,
    assert(outcome) {
      const message =
        'Invalid value [foo:int8:extra] for configuration spec: Invalid rename mapping: foo:int8:extra'
      refuses(outcome, 'configure', ConfigError, message)
    },
  },
  {
    why: 'Java before 19 prints a digit more',
    names: /^E2 Cast the whole schemaless 9007199254740993 to float32$/,
    assert: (outcome) => assert.equal(recordOf(outcome).value, 9007199000000000),
  },
  {
    why: 'works for every schema, not only for structs',
    names: /^SetSchemaMetadata (.* on no struct|on an array|on a map)$/,
    assert(outcome, fixture) {
      const record = recordOf(outcome)
      const schema = fixture.class.endsWith('$Key') ? record.keySchema : record.valueSchema
      assert.equal(schema?.name, fixture.config['schema.name'])
      assert.equal(schema?.version, fixture.config['schema.version'] === undefined ? undefined : 42)
    },
  },
  {
    why: 'an empty path is an unknown field, and no internal error',
    names: /^ExtractField v2 path '' of a (struct|null struct)$/,
    assert: (outcome) => refuses(outcome, 'apply', DataError, 'Unknown field: '),
  },
  {
    why: 'an empty path is the field without a name, and no internal error',
    names: /^ExtractField v2 path '' of a map$/,
    assert: (outcome) => assert.deepEqual(recordOf(outcome).value, { '': 8 }),
  },
  {
    why: 'all problems are told at once',
    names: /^E26 HeaderFrom with empty lists$/,
    assert(outcome) {
      assert.ok('error' in outcome && outcome.error instanceof ConfigError)
      assert.match(
        outcome.error.message,
        /configuration fields: Empty list\n.*configuration headers: Empty list/,
      )
    },
  },
  {
    why: 'the error names the field, not a Java object',
    names: /^E20 InsertField of a static field without value$/,
    assert: (outcome) => refuses(outcome, 'configure', ConfigError, 'No value specified for static field: s'),
  },
  {
    why: "a decimal keeps its schema's scale or fails, as no converter takes another",
    names: /^E29 MaskField of decimal with '-1.5' in a struct$/,
    assert(outcome) {
      refuses(outcome, 'apply', DataError, 'Decimal -1.5 does not fit scale 0 without rounding')
    },
  },
  {
    why: "a decimal keeps its schema's scale",
    names: /^E29 MaskField of decimal with '1e2' in a struct$/,
    assert(outcome) {
      const masked = (recordOf(outcome).value as Struct).get('decimal') as Decimal
      assert.ok(masked.equals(new Decimal(100n, 0)))
    },
  },
  {
    why: 'refused when configured, not with the first record',
    names: /^E22 TimestampRouter with a bad format$/,
    assert(outcome) {
      const message = "Invalid value qq for configuration timestamp.format: Illegal pattern character 'q'"
      refuses(outcome, 'configure', ConfigError, message)
    },
  },
  {
    why: 'refused when configured, not with the first record',
    names: /^RegexRouter \(\.\*\) to \$\{1\}suffix for orig$/,
    assert: (outcome) =>
      refuses(outcome, 'configure', ConfigError, 'capturing group name {1} starts with digit character'),
  },
]

export function deviationOf(fixture: FixtureCase): Deviation | undefined {
  return DEVIATIONS.find(({ names }) => names.test(fixture.name))
}
