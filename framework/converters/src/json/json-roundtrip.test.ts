import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parseString } from '../../../api/src/data/values/parse-string.ts'
import { DataError } from '../../../api/src/errors/connect-errors.ts'
import { converterConformance } from '../testing/converter-suite.ts'
import { mutate, randomOf } from '../testing/mutate.ts'
import { fuzzRuns, seed } from '../testing/property-runs.ts'
import { JsonConverter } from './json-converter.ts'

function converter(settings: Record<string, string> = {}): JsonConverter {
  const made = new JsonConverter()
  made.configure(settings, false)
  return made
}

for (const format of ['BASE64', 'NUMERIC']) {
  converterConformance({
    name: `JsonConverter, ${format} decimals`,
    create: () => converter({ 'decimal.format': format }),
    keepsSchemas: true,
    runs: 300,
  })
}

const TEXTS = [
  '{"schema":{"type":"struct","fields":[{"field":"a","type":"int64"},{"field":"b","type":"map","keys":{"type":"int8"},' +
    '"values":{"type":"string","optional":true}},{"field":"c","type":"bytes","name":"org.apache.kafka.connect.data.Decimal",' +
    '"parameters":{"scale":"2"},"default":"AJw="}]},"payload":{"a":9007199254740993,"b":[[1,"x"]],"c":1.56}}',
  '{"a":[1,2.5e3,-7,true,null,"\\u00e9\\n"],"b":{"c":{"d":[[],{}]}},"big":12345678901234567890}',
]

for (const enabled of ['true', 'false']) {
  it(`takes mutated texts for an error or a value (schemas.enable=${enabled})`, () => {
    const json = converter({ 'schemas.enable': enabled })
    const random = randomOf(seed())
    let errors = 0
    for (let i = fuzzRuns(3000); i > 0; i--) {
      const bytes = mutate(Buffer.from(TEXTS[i % TEXTS.length] ?? ''), random)
      try {
        const { schema, value } = json.toConnectData('t', bytes)
        json.fromConnectData('t', schema, value)
      } catch (error) {
        errors++
        assert.ok(error instanceof DataError, `${String(error)}: ${bytes.toString()}`)
      }
    }
    assert.ok(errors > 0)
  })
}

it('takes mutated headers for some value', () => {
  const random = randomOf(seed())
  const texts = [
    '[1, 2.5, "x", {"a": [true, null]}]',
    '{2019-08-23: 14:34:54.346Z, "k": 1e400}',
    '99999999999999999999',
  ]
  for (let i = fuzzRuns(3000); i > 0; i--) {
    const text = mutate(Buffer.from(texts[i % texts.length] ?? ''), random).toString()
    assert.ok(parseString(text).schema !== undefined)
  }
})
