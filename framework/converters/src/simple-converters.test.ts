import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CONVERTERS, HEADER_CONVERTERS } from '../../api/src/connector/connect-kinds.ts'
import { PluginRegistry } from '../../api/src/connector/plugin-registry.ts'
import { INT32, OPTIONAL_BYTES, OPTIONAL_STRING, STRING } from '../../api/src/data/schema-builder.ts'
import { ByteArrayConverter } from './byte-array-converter.ts'
import { builtInConverters } from './built-in-converters.ts'
import { SimpleHeaderConverter } from './simple-header-converter.ts'
import { StringConverter } from './string-converter.ts'

describe('StringConverter', () => {
  it('reads and writes UTF-8 with an optional schema', () => {
    const converter = new StringConverter()
    converter.configure({})
    assert.deepEqual(converter.toConnectData('t', Buffer.from('ö')), { schema: OPTIONAL_STRING, value: 'ö' })
    assert.deepEqual(converter.toConnectData('t', null), { schema: OPTIONAL_STRING, value: null })
    assert.equal(converter.fromConnectData('t', STRING, 'ö')?.toString(), 'ö')
    assert.equal(converter.fromConnectData('t', INT32, 5)?.toString(), '5')
    assert.equal(converter.fromConnectData('t', STRING, null), null)
  })

  it('takes other encodings by their Java names', () => {
    const converter = new StringConverter()
    converter.configure({ 'converter.encoding': 'ISO-8859-1' })
    assert.equal(converter.toConnectData('t', Buffer.from([0xf6])).value, 'ö')
    assert.throws(
      () => converter.configure({ 'converter.encoding': 'EBCDIC' }),
      /converter\.encoding: Unknown encoding/,
    )
  })
})

describe('ByteArrayConverter', () => {
  it('passes bytes on and refuses everything else', () => {
    const converter = new ByteArrayConverter()
    const bytes = Buffer.from('ab')
    assert.deepEqual(converter.toConnectData('t', bytes), { schema: OPTIONAL_BYTES, value: bytes })
    assert.equal(converter.fromConnectData('t', OPTIONAL_BYTES, bytes), bytes)
    assert.equal(converter.fromConnectData('t', OPTIONAL_BYTES, null), null)
    assert.throws(
      () => converter.fromConnectData('t', STRING, 'x'),
      /Invalid schema type for ByteArrayConverter: STRING/,
    )
    assert.throws(() => converter.fromConnectData('t', null, 'x'), /writes bytes only/)
  })
})

describe('SimpleHeaderConverter', () => {
  it('D: guesses the type of a header and writes it back', () => {
    const converter = new SimpleHeaderConverter()
    const header = converter.toConnectHeader('t', 'h', Buffer.from('[true, false]'))
    assert.equal(header.key, 'h')
    assert.deepEqual(header.value, [true, false])
    assert.equal(converter.fromConnectHeader('t', header)?.toString(), '[true,false]')
    assert.deepEqual(converter.toConnectHeader('t', 'h', null), { key: 'h', schema: null, value: null })
    assert.equal(converter.fromConnectHeader('t', { key: 'h', schema: null, value: null }), null)
  })
})

describe('the built-in converters', () => {
  it('are found by class, simple and short name, as header converters too', async () => {
    const registry = new PluginRegistry(builtInConverters)
    const found = registry.find(CONVERTERS, 'Json')
    assert.equal(found?.className, 'org.apache.kafka.connect.json.JsonConverter')
    assert.equal(registry.find(CONVERTERS, 'StringConverter'), registry.find(CONVERTERS, 'String'))
    const simple = registry.find(HEADER_CONVERTERS, 'Simple')
    assert.equal(simple?.className, 'org.apache.kafka.connect.storage.SimpleHeaderConverter')
    const headers = registry
      .find(HEADER_CONVERTERS, 'org.apache.kafka.connect.storage.StringConverter')
      ?.create()
    await headers?.configure({})
    assert.deepEqual(await headers?.toConnectHeader('t', 'h', Buffer.from('12')), {
      key: 'h',
      schema: OPTIONAL_STRING,
      value: '12',
    })
  })
})
