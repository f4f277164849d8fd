import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ConfigData, ConfigProvider } from './config-provider.ts'
import { ConfigTransformer, hasPlaceholder, restorePlaceholders } from './config-transformer.ts'

/** Answers from a table of `path:key`; remembers what it was asked. */
function providerOf(
  table: Record<string, string>,
  ttlMs?: number,
): ConfigProvider & { asked: [string, string[]][] } {
  const asked: [string, string[]][] = []
  return {
    asked,
    configure() {},
    get(path, keys): ConfigData {
      asked.push([path, [...keys]])
      const data = new Map<string, string>()
      for (const key of keys) {
        const value = table[`${path}:${key}`]
        if (value !== undefined) data.set(key, value)
      }
      return { data, ...(ttlMs !== undefined && { ttlMs }) }
    },
  }
}

test('fills in placeholders with and without a path, several in one value', async () => {
  const transformer = new ConfigTransformer(
    new Map([
      ['file', providerOf({ '/db:user': 'joe', '/db:pw': 'x:y' })],
      ['env', providerOf({ ':HOST': 'h' })],
    ]),
  )
  const result = await transformer.transform({
    url: 'jdbc://${file:/db:user}:${file:/db:pw}@${env:HOST}/d',
    plain: 'as it is',
    none: null,
  })
  assert.deepEqual(result.config, { url: 'jdbc://joe:x:y@h/d', plain: 'as it is', none: null })
  assert.deepEqual([...result.secrets], ['joe', 'x:y', 'h'])
  assert.equal(result.ttlMs, undefined)
})

test('leaves the text of an unknown provider, a missing key and anything that is no placeholder', async () => {
  const transformer = new ConfigTransformer(new Map([['file', providerOf({ '/db:pw': 's' })]]))
  const config = {
    unknown: '${vault:/db:pw}',
    missing: '${file:/db:nope} and ${file:/db:pw}',
    variable: '${topic}-${timestamp}',
    open: '${file:/db:pw',
  }
  const result = await transformer.transform(config)
  assert.deepEqual(result.config, { ...config, missing: '${file:/db:nope} and s' })
  assert.deepEqual([...result.secrets], ['s'])
})

test('a key may hold colons, and a secret that looks like a placeholder is not looked up again', async () => {
  const provider = providerOf({ 'p:a:b': '${file:p:c}', 'p:c': 'inner', 'p:$&': "$1$&$'" })
  const transformer = new ConfigTransformer(new Map([['file', provider]]))
  const result = await transformer.transform({ a: '${file:p:a:b}', b: '${file:p:$&}' })
  assert.deepEqual(result.config, { a: '${file:p:c}', b: "$1$&$'" })
})

test('asks a provider once for each path, with all keys', async () => {
  const provider = providerOf({}, 500)
  const transformer = new ConfigTransformer(new Map([['file', provider]]))
  const result = await transformer.transform({ a: '${file:p:x}${file:q:x}', b: '${file:p:y} ${file:p:x}' })
  assert.deepEqual(provider.asked, [
    ['p', ['x', 'y']],
    ['q', ['x']],
  ])
  assert.equal(result.ttlMs, 500)
})

test('the shortest time to live of all answers counts', async () => {
  const transformer = new ConfigTransformer(
    new Map([
      ['a', providerOf({}, 900)],
      ['b', providerOf({}, 300)],
      ['c', providerOf({})],
    ]),
  )
  const result = await transformer.transform({ k: '${a:x} ${b:x} ${c:x}' })
  assert.equal(result.ttlMs, 300)
})

test('a text without a known provider comes back unchanged, whatever it is', async () => {
  const transformer = new ConfigTransformer(new Map([['known', providerOf({})]]))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('$', '{', '}', ':', 'known', 'a', '${', '${known:', '\n')),
      async (parts) => {
        const value = parts.join('')
        const result = await transformer.transform({ value })
        assert.equal(result.config['value'], value)
        assert.equal(result.secrets.size, 0)
      },
    ),
  )
})

test('a long text of open placeholders is searched in bounded time', async () => {
  const transformer = new ConfigTransformer(new Map())
  const value = '${a:b'.repeat(2000)
  const started = performance.now()
  assert.equal((await transformer.transform({ value })).config['value'], value)
  assert.ok(performance.now() - started < 5000, `took ${performance.now() - started} ms`)
})

test('puts placeholders back into a task configuration, also within a longer value', () => {
  const raw = { 'db.password': '${file:p:k}', url: 'x-${env:H}', 'topics.dir': 'd', other: '${env:O}' }
  const task = { 'db.password': 'secret', url: 'x-host', 'topics.dir': 'd', 'task.id': '0' }
  assert.deepEqual(restorePlaceholders(task, raw), {
    'db.password': '${file:p:k}',
    url: 'x-${env:H}',
    'topics.dir': 'd',
    'task.id': '0',
  })
  assert.equal(hasPlaceholder('${topic}'), false)
  assert.equal(hasPlaceholder(null), false)
})

test("finds the same placeholders as Kafka's pattern does", async () => {
  const echo: ConfigProvider = {
    configure() {},
    get: (path, keys) => ({ data: new Map([...keys].map((key) => [key, `<${path}|${key}>`])) }),
  }
  const transformer = new ConfigTransformer(new Map([['a', echo]]))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('$', '{', '}', ':', 'a', 'b', '${a:', '\n'), { maxLength: 16 }),
      async (parts) => {
        const value = parts.join('')
        const expected = value.replace(
          /\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}/g,
          (whole, provider: string, _: unknown, path: string | undefined, key: string) =>
            provider === 'a' ? `<${path ?? ''}|${key}>` : whole,
        )
        assert.equal((await transformer.transform({ value })).config['value'], expected)
      },
    ),
    { numRuns: 2000 },
  )
})
