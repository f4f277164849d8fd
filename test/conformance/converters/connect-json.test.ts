/** Against Kafka Connect's own jars. Needs a JDK, 17 or newer, and Maven's client; it fails where they are missing. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import {
  builtInConverters,
  type ConverterPlugin,
  parseString,
  valuesEqual,
  valueToString,
} from '@spillway/framework'
import fc from 'fast-check'

import { check, fuzzRuns, mutate, randomOf, samples, seed } from '@spillway/converters/testing'
import { javaSchema, javaValue, looseForm, plainForm } from './java-form.ts'
import { Oracle } from './oracle.ts'

interface Described {
  readonly schema?: unknown
  readonly value?: unknown
  readonly text?: string
  readonly bytes?: string
  readonly error?: string
  readonly message?: string
}

let java: Oracle
before(async () => {
  java = await Oracle.connect()
})
after(() => java.close())

const plugin = builtInConverters.find(
  (p): p is ConverterPlugin =>
    p.kind === 'converter' && p.className === 'org.apache.kafka.connect.json.JsonConverter',
) as ConverterPlugin

async function converter(settings: Record<string, string>) {
  const made = plugin.create()
  await made.configure(settings, false)
  return made
}

for (const format of ['BASE64', 'NUMERIC']) {
  it(`Java reads every envelope we write with ${format} decimals, and we read what it writes of it`, async () => {
    const config = { 'decimal.format': format }
    const ours = await converter(config)
    await check(samples(), 150, async ({ schema, value }) => {
      const bytes = (await ours.fromConnectData('t', schema, value)) as Buffer
      // Java reads doubles by way of BigDecimal, which has no negative zero.
      if (/-0\.0(?!\d)/.test(bytes.toString())) return
      const question = { config, encodeConfig: config, bytes: bytes.toString('base64') }
      const read = await java.ask<Described>({ op: 'decode', ...question })
      assert.deepEqual(read.schema, javaSchema(schema), bytes.toString())
      assert.deepEqual(read.value, javaValue(schema, value), bytes.toString())
      const again = await java.ask<Described>({ op: 'recode', ...question })
      const back = await ours.toConnectData('t', Buffer.from(again.bytes ?? '', 'base64'), [])
      assert.ok(back.schema?.equals(schema), bytes.toString())
      assert.ok(valuesEqual(back.value, value), bytes.toString())
    })
  })
}

it('writes the very envelopes that Java writes', async () => {
  const ours = await converter({})
  // Doubles and floats: Java before 19 does not always find the shortest digits. Maps: Java's have no order.
  await check(samples({ without: ['FLOAT32', 'FLOAT64', 'MAP'] }), 150, async ({ schema, value }) => {
    const bytes = (await ours.fromConnectData('t', schema, value)) as Buffer
    const question = { op: 'recode', config: {}, encodeConfig: {}, bytes: bytes.toString('base64') }
    const { bytes: written = '' } = await java.ask<Described>(question)
    assert.equal(bytes.toString(), withoutSurrogateEscapes(Buffer.from(written, 'base64').toString()))
  })
})

/** Java escapes characters beyond the first plane, which JSON need not. */
function withoutSurrogateEscapes(text: string): string {
  return text.replaceAll(/\\u(D[89AB]..)\\u(D[C-F]..)/g, (_, high: string, low: string) =>
    String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16)),
  )
}

it('takes and refuses the same plain texts as Java, for the same values', async () => {
  const config = { 'schemas.enable': 'false' }
  const ours = await converter(config)
  const random = randomOf(seed())
  const texts = [
    '{"a":[1,2.5,-3e2,true,false,null],"b":{"c":"x\\u00e9\\n","d":""},"e":007}',
    '[[],{},"",0,-0,1.0,1e3,"\\ud83d\\ude00"]',
    ' "text" trailing',
    '{"id":1234567890123,"name":"ö","tags":["a","b"],"nested":{"x":{"y":[{"z":1}]}}}',
  ]
  for (let i = 0; i < fuzzRuns(2000); i++) {
    const bytes = mutate(Buffer.from(texts[i % texts.length] ?? ''), random)
    // Java wraps integers beyond int64, guesses UTF-16 and UTF-32 from zero bytes, and lets no one see bytes it replaced.
    if (/\d{19}/.test(bytes.toString('latin1')) || bytes.includes(0) || bytes.toString().includes('\ufffd'))
      continue
    // An exponent beyond an int is infinite or zero here; Java's parser refuses it.
    if (/[eE][+-]?\d{10}/.test(bytes.toString('latin1'))) continue
    const theirs = await java.ask<Described>({ op: 'decode', config, bytes: bytes.toString('base64') })
    let read: unknown
    let failure: Error | undefined
    try {
      read = (await ours.toConnectData('t', bytes, [])).value
    } catch (error) {
      failure = error as Error
    }
    const what = `${JSON.stringify(bytes.toString())}: ${failure?.message ?? ''} ${theirs.message ?? ''}`
    assert.equal(failure === undefined, theirs.error === undefined, what)
    // Half a surrogate pair is no character: Java prints a question mark.
    if (/\\ud[89a-f]/.test(JSON.stringify(plainForm(read)))) continue
    if (failure === undefined) assert.deepEqual(plainForm(read), looseForm(theirs.value), what)
  }
})

/** Parts of header texts; random rows of them are mostly no literal, now and then one. */
const PARTS = [
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '"',
  '\\',
  '1',
  '300',
  '-5',
  '1.5',
  'true',
  'null',
  ' ',
  'a',
  '"x"',
  '"y z"',
]
const MORE_PARTS = ['2019-08-23', '14:34:54.346Z', '2019-08-23T14:34:54.346Z', '1e40', '99999999999999999999']

it('D: guesses the types of headers as Java does', async () => {
  const part = fc.constantFrom(...PARTS, ...MORE_PARTS, '[1,2]', '{"a":1}', '0.1', 'false', '{}', '[]')
  const inner = fc.array(part, { minLength: 1, maxLength: 7 }).map((parts) => parts.join(''))
  const text = fc.oneof(
    part,
    inner.map((t) => `[${t}]`),
    inner.map((t) => `{${t}}`),
  )
  await check(text, 2000, async (header) => {
    // Java drops what follows a literal and a delimiter (`1,2` is 1 there), and null lets its answer fail.
    if (!/^\s*[[{]/.test(header) && /[[\]{},:"]/.test(header)) return
    if (header.trim() === 'null') return
    // Java does not find the end of a time that a blank follows.
    if (/Z\s/.test(header)) return
    const theirs = await java.ask<Described>({ op: 'header', text: header })
    const ours = parseString(header)
    const schema = theirs.schema as {
      type: string
      name: string | null
      values?: { type: string } | null
    } | null
    // A list of Dates among numbers has the type of the first in Java, whatever it means; ours has none.
    if (/\d{4}-|Z/.test(header) && header.trim().startsWith('[')) return
    assert.equal(ours.schema?.type, schema?.type, header)
    assert.equal(ours.schema?.name ?? null, schema?.name ?? null, header)
    assert.deepEqual(plainForm(ours.value), looseForm(theirs.value), header)
    if (!/\d[.e]/.test(header)) assert.equal(valueToString(ours.schema, ours.value), theirs.text, header)
  })
})
