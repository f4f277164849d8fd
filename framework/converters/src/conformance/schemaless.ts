import assert from 'node:assert/strict'
import fc from 'fast-check'

/** Numbers as JSON may write them: integers of any size, fractions, exponents, both zeros. */
export const numberTexts: fc.Arbitrary<string> = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(
    '9007199254740993',
    '-9007199254740993',
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    '18446744073709551616',
    '-0',
    '0.0',
    '1.50',
    '1E3',
    '1e400',
    '1e-400',
    '9007199254740993.0',
    '0.12345678901234567890',
    '123456789012345678901234567890.5',
  ),
)

const strings = fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text))
const names = fc.oneof(
  fc.string(),
  fc.constantFrom('text', '__proto__', 'constructor', 'toJSON', 'schema', 'payload'),
)

/** JSON texts with such numbers at every depth, and names that objects have of their own. */
export const jsonTexts: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.oneof({ arbitrary: numberTexts, weight: 4 }, fc.constantFrom('true', 'false', 'null'), strings),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    fc.array(fc.tuple(names, tie('value')), { maxLength: 4 }).map(objectText),
  ),
})).value

/** Members of one object; the last of a name counts, as everywhere. */
export function objectText(members: readonly (readonly [string, string])[]): string {
  const last = new Map(members)
  return `{${[...last].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`
}

/**
 * What a JSON text means as schemaless data: a number that is an integer beyond 2^53 is a bigint. Written without the
 * parsers under test.
 */
export function meaningOf(text: string): unknown {
  return JSON.parse(text, ((_name: string, value: unknown, { source = '' }: { source?: string }) =>
    typeof value === 'number' && /^-?\d+$/.test(source) && !Number.isSafeInteger(value)
      ? BigInt(source)
      : value) as Parameters<typeof JSON.parse>[1]) as unknown
}

/** Fails where a value without a schema is anything but plain: null, boolean, text, number, bigint, list, object. */
export function assertPlain(value: unknown, path = 'value'): void {
  if (value === null || ['boolean', 'string', 'number', 'bigint'].includes(typeof value)) return
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) assertPlain(item, `${path}[${i}]`)
    return
  }
  assert.equal(typeof value, 'object', path)
  assert.equal(Object.getPrototypeOf(value), Object.prototype, `${path} is no plain object`)
  for (const [name, item] of Object.entries(value as object)) assertPlain(item, `${path}.${name}`)
}
