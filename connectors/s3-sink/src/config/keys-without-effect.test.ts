import assert from 'node:assert/strict'
import test from 'node:test'
import { KEYS_WITHOUT_EFFECT } from './keys-without-effect.ts'
import { s3Config } from './s3-config.ts'

/** What decides which records an object holds, in which bytes, below which name. */
const WITH_EFFECT = ['s3.bucket.name', 's3.compression.type', 's3.schema.partition.affix.type']

test('of the keys of the store, only those that place or shape records begin another chain', () => {
  const ofStore = Object.keys(s3Config.keys).filter((key) => /^(s3\.|aws\.|store\.url$)/.test(key))
  assert.ok(ofStore.length > 30)
  const effective = ofStore.filter((key) => !KEYS_WITHOUT_EFFECT.some((pattern) => pattern.test(key)))
  assert.deepEqual(effective.sort(), WITH_EFFECT)
})
