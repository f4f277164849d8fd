import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ConverterPlugin } from '../../api/src/connector/converter.ts'
import { INT32, STRING } from '../../api/src/data/schema-builder.ts'
import { numberConverterPlugins } from './number-converters.ts'

function create(simpleName: string): ReturnType<ConverterPlugin['create']> {
  const className = `org.apache.kafka.connect.converters.${simpleName}`
  const plugin = numberConverterPlugins.find((p) => p.kind === 'converter' && p.className === className)
  return (plugin as ConverterPlugin).create()
}

const CASES: readonly [string, string, string, unknown, string][] = [
  ['BooleanConverter', 'boolean', '01', true, 'BOOLEAN'],
  ['ShortConverter', 'short', 'fffe', -2, 'INT16'],
  ['IntegerConverter', 'integer', '00000102', 258, 'INT32'],
  ['LongConverter', 'long', '7fffffffffffffff', 9223372036854775807n, 'INT64'],
  ['FloatConverter', 'float', '40600000', 3.5, 'FLOAT32'],
  ['DoubleConverter', 'double', '400c000000000000', 3.5, 'FLOAT64'],
]

for (const [simpleName, name, hex, value, type] of CASES) {
  it(`${simpleName} reads and writes ${hex.length / 2} bytes, big end first`, async () => {
    const converter = create(simpleName)
    const read = await converter.toConnectData('t', Buffer.from(hex, 'hex'), [])
    assert.equal(read.value, value)
    assert.equal(read.schema?.type, type)
    assert.equal(read.schema?.optional, true)
    assert.equal((await converter.fromConnectData('t', read.schema, value))?.toString('hex'), hex)
    assert.equal((await converter.toConnectData('t', null, [])).value, null)
    assert.equal(await converter.fromConnectData('t', read.schema, null), null)
    assert.throws(() => converter.toConnectData('t', Buffer.alloc(3), []), {
      name: 'DataError',
      message: new RegExp(`^Failed to deserialize ${name}: expected \\d bytes?, but found 3`),
    })
    assert.throws(() => converter.fromConnectData('t', STRING, value), /Invalid schema type/)
    assert.throws(
      () => converter.fromConnectData('t', null, 'x'),
      new RegExp(`Failed to serialize to ${name}`),
    )
  })
}

it('refuses a number out of range and a byte that is no boolean', () => {
  assert.throws(() => create('IntegerConverter').fromConnectData('t', INT32, 2 ** 31), /Failed to serialize/)
  assert.throws(
    () => create('BooleanConverter').toConnectData('t', Buffer.from([2]), []),
    /unexpected byte 2/,
  )
})

it('offers each converter for headers too', () => {
  assert.equal(numberConverterPlugins.filter((plugin) => plugin.kind === 'header_converter').length, 6)
})
