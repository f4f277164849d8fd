import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withLegacyListener } from './legacy-listener.ts'

test('rest.port and rest.host.name are the listener where there is no other, with a warning', () => {
  const cases: readonly [Record<string, string>, string | undefined, RegExp | undefined][] = [
    [{}, undefined, undefined],
    [{ 'rest.port': '8090' }, 'http://:8090', /write listeners=http:\/\/:8090/],
    [{ 'rest.host.name': 'a' }, 'http://a:8083', /^rest\.host\.name is of/],
    [{ 'rest.host.name': 'a', 'rest.port': '1' }, 'http://a:1', /^rest\.port and rest\.host\.name is of/],
    [{ listeners: 'http://b:2', 'rest.port': '1' }, 'http://b:2', /no effect beside listeners/],
  ]
  for (const [raw, listeners, warning] of cases) {
    const warnings: string[] = []
    assert.equal(withLegacyListener(raw, (text) => warnings.push(text))['listeners'], listeners)
    if (warning === undefined) assert.deepEqual(warnings, [])
    else assert.match(warnings.join('\n'), warning)
  }
})
