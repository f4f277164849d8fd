import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { ConfigKey } from '@spillway/api'
import { predicates, transformations } from '../../index.ts'

interface JavaKey {
  readonly type: string
  readonly importance: string
  readonly required: boolean
  readonly default: string | null
}
const configs = JSON.parse(readFileSync(new URL('fixtures/configs.json', import.meta.url), 'utf8')) as Record<
  string,
  Record<string, JavaKey>
>
const plugins = [...transformations, ...predicates]

for (const [className, keys] of Object.entries(configs)) {
  test(`${className} has Kafka Connect's keys, types, defaults and importances`, () => {
    const plugin = plugins.find((one) => one.className === className)
    assert.ok(plugin !== undefined, 'there is no such plugin')
    for (const [name, java] of Object.entries(keys)) {
      const ours: ConfigKey | undefined = plugin.config.keys[name]
      assert.ok(ours !== undefined, `key ${name} is missing`)
      assert.equal(ours.type, java.type.toLowerCase(), name)
      assert.equal(ours.importance, java.importance.toLowerCase(), name)
      assert.equal(!('default' in ours), java.required, name)
      assert.equal(defaultText(ours.default), java.default, name)
    }
    const extra = Object.entries(plugin.config.keys).filter(([name]) => !Object.hasOwn(keys, name))
    assert.ok(extra.every(([, key]) => key.ours === true && 'default' in key))
  })
}

function defaultText(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value)
}

test('every plugin has a documentation and a name of its own', () => {
  const names = plugins.map((plugin) => plugin.className)
  assert.equal(new Set(names).size, names.length)
  for (const plugin of plugins) {
    assert.ok(plugin.doc.length > 10, plugin.className)
    for (const [name, key] of Object.entries(plugin.config.keys))
      assert.ok(key.doc.length > 10, `${plugin.className} ${name}`)
  }
})
