import assert from 'node:assert/strict'
import test from 'node:test'

import { chainIdentity } from './chain-identity.ts'

const BASE = {
  connector: 'c',
  topic: 't',
  topicId: 'id',
  config: { 'format.class': 'json', 'flush.size': '10' },
  keysWithoutEffect: [/^part\.of\./],
}

const withConfig = (changes: Record<string, string>): string =>
  chainIdentity({ ...BASE, config: { ...BASE.config, ...changes } })

test('what decides place, contents or name of records counts', () => {
  const base = chainIdentity(BASE)
  for (const changes of [
    { 'format.class': 'avro' },
    { 'partition.field.name': 'x' },
    { 'transforms.a.type': 'X' },
    { 'value.converter': 'Y' },
    { 'topics.dir': 'z' },
    { 'errors.tolerance': 'all' },
    { 'some.plugin.key': '1' },
  ]) {
    assert.notEqual(withConfig(changes), base, Object.keys(changes)[0])
  }
  assert.notEqual(chainIdentity({ ...BASE, topicId: 'made anew' }), base)
  assert.notEqual(chainIdentity({ ...BASE, connector: 'other' }), base)
})

test('rotation, credentials, limits and the order of keys do not', () => {
  const base = chainIdentity(BASE)
  for (const changes of [
    { 'flush.size': '11' },
    { 'rotate.schedule.interval.ms': '1' },
    { 'rotate.idle.ms': '1' },
    { 'aws.secret.access.key': 's' },
    { 'part.of.the.store': '5242880' },
    { 'tasks.max': '7' },
    { 'errors.log.enable': 'true' },
    { 'value.converter.basic.auth.user.info': 'u:p' },
  ]) {
    assert.equal(withConfig(changes), base, Object.keys(changes)[0])
  }
  assert.equal(chainIdentity({ ...BASE, config: { 'flush.size': '10', 'format.class': 'json' } }), base)
})
