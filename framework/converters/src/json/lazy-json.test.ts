import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SchemaAndValue } from '../../../api/src/connector/converter.ts'
import { JsonConverter } from './json-converter.ts'

function plainConverter(): JsonConverter {
  const made = new JsonConverter()
  made.configure({ 'schemas.enable': 'false' }, false)
  return made
}

describe('values that only pass through', () => {
  it('a plain value is read when it is asked for, once, and its text is there before', () => {
    const plain = plainConverter()
    const bytes = Buffer.from('{"a": 9007199254740993}')
    const read = plain.toConnectData('t', bytes)
    assert.equal(read.text, bytes)
    assert.equal(read.isCompact, false)
    assert.equal(read.isLazy, true)
    assert.deepEqual(read.value, { a: 9007199254740993n })
    assert.equal(read.value, read.value)
  })

  it('values are read at once while those before are asked for, and lazily again when they are not', () => {
    const plain = plainConverter()
    const next = (): SchemaAndValue => plain.toConnectData('t', Buffer.from('{"a":1}'))
    assert.deepEqual(next().value, { a: 1 })
    for (let i = 0; i < 1000; i++) assert.equal(next().isLazy, undefined)
    assert.equal(next().isLazy, true)
  })
})
