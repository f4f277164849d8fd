import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { beyondLimits, CONFIG_LIMITS } from '../../../api/src/config/config-limits.ts'
import { configDef, type RawConfig } from '../../../api/src/config/config-def.ts'
import { noModules } from '../../../api/src/config/module-door.ts'
import { PluginRegistry } from '../../../api/src/connector/plugin-registry.ts'
import type { SinkConnectorPlugin } from '../../../api/src/connector/sink-connector.ts'
import type { TransformationPlugin } from '../../../api/src/connector/transformation.ts'
import { builtInConverters } from '../../../converters/src/built-in-converters.ts'
import { sinkConnectorConfig } from '../config/connector-config.ts'
import { unknownKeys, validateConnector, type ValidationParts } from './connector-validation.ts'

const key = (doc: string) => ({ type: 'string', importance: 'high', doc }) as const
const sink = {
  kind: 'sink',
  className: 'test.NowhereSinkConnector',
  version: '1',
  config: configDef({ place: key('Where to.') }),
  create: () => {
    throw new Error('not asked')
  },
} as unknown as SinkConnectorPlugin
/** Two keys that must be there and a rule over both, which looks at all that is written below its prefix. */
const transform = {
  kind: 'transformation',
  className: 'test.Nothing',
  version: '1',
  config: configDef({ one: key('One.'), two: key('Two.') }, [
    function* ({ raw }) {
      if (Object.keys(raw).includes('three')) yield { key: 'two', message: 'There is no three.' }
    },
  ]),
  create: () => {
    throw new Error('not asked')
  },
} as unknown as TransformationPlugin
const registry = new PluginRegistry([...builtInConverters, sink, transform])

const parts = (config: RawConfig): ValidationParts => ({
  plugin: sink,
  config,
  modules: { ...noModules, plugins: registry },
  overridePolicy: { name: 'All', allowlist: [] },
  workerConfig: {},
  workerConverters: {
    'key.converter': 'StringConverter',
    'value.converter': 'StringConverter',
    'header.converter': 'SimpleHeaderConverter',
  },
})
const validate = async (config: RawConfig): ReturnType<typeof validateConnector> =>
  await validateConnector(parts(config))

/** A configuration that counts how often it is looked at; listing its keys counts each of them. */
function counted(config: RawConfig): { readonly config: RawConfig; readonly looks: () => number } {
  let looks = 0
  const proxy = new Proxy(config, {
    get: (target, name) => (looks++, Reflect.get(target, name)),
    has: (target, name) => (looks++, Reflect.has(target, name)),
    getOwnPropertyDescriptor: (target, name) => (looks++, Reflect.getOwnPropertyDescriptor(target, name)),
    ownKeys(target) {
      const names = Reflect.ownKeys(target)
      looks += names.length
      return names
    },
  })
  return { config: proxy, looks: () => looks }
}

const aliases = (count: number): string[] => Array.from({ length: count }, (_, i) => `alias${i}`)
/** All is there but for what the test leaves out. */
const withTransforms = (count: number, kind: 'transforms' | 'predicates' = 'transforms'): RawConfig => ({
  name: 'c',
  'connector.class': sink.className,
  topics: 't',
  place: 'here',
  [kind]: aliases(count).join(','),
  ...Object.fromEntries(
    aliases(count).flatMap((alias) => [
      [`${kind}.${alias}.type`, 'test.Nothing'],
      [`${kind}.${alias}.one`, '1'],
      [`${kind}.${alias}.two`, '2'],
      [`${kind}.${alias}.three`, '3'],
    ]),
  ),
})

suite('validation takes time by the length of what is written', () => {
  for (const kind of ['transforms', 'predicates'] as const) {
    test(`four times the ${kind} are four times the work`, async () => {
      const work: number[] = []
      for (const count of [25, 100]) {
        const { config, looks } = counted(withTransforms(count, kind))
        const { configs } = await validate(config)
        assert.ok(configs.length >= count * 2)
        work.push(looks())
      }
      const [few = 0, many = 0] = work
      assert.ok(many < few * 5, `${few} looks for 25, ${many} for 100`)
    })
  }

  test('a rule over the keys of a prefix finds what stands below it, of each alias', async () => {
    const { configs } = await validate(withTransforms(3))
    for (const alias of aliases(3)) {
      const found = configs.find(({ value }) => value.name === `transforms.${alias}.two`)
      assert.deepEqual(found?.value.errors, ['There is no three.'])
    }
  })

  test('hints end where they would take too long, and come as before for what people write', async () => {
    const missing = { name: 'c', 'connector.class': sink.className, topics: 't', plaec: 'x' }
    const [place] = sink.config.validate(missing)
    assert.match(place?.errors[0] ?? '', /Did you mean "place" where you wrote "plaec"\?/)
    const many = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, i) => [`tasks.maw.${'x'.repeat(90)}${i}`, '1']),
    )
    assert.equal((await unknownKeys(parts(many))).length, 2_000)
    assert.deepEqual(await unknownKeys(parts({ 'task.max': '1' })), [{ key: 'task.max', meant: 'tasks.max' }])
  })
})

suite('limits of a configuration', () => {
  const filled = (count: number): RawConfig =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`key${i}`, 'v']))
  const cases: readonly (readonly [string, RawConfig, RegExp | undefined])[] = [
    ['as many keys as may be', filled(CONFIG_LIMITS.keys), undefined],
    ['one key more', filled(CONFIG_LIMITS.keys + 1), /has 2001 keys; at most 2000/],
    ['a long key', { ['k'.repeat(CONFIG_LIMITS.keyLength + 1)]: '1' }, /has 1025 characters; at most 1024/],
    ['a long value', { a: 'v'.repeat(CONFIG_LIMITS.valueLength + 1) }, /value of a has 262145 characters/],
    [
      'long values together',
      Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`k${i}`, 'v'.repeat(200_000)])),
      /in all; at most 900000/,
    ],
    ['half of a pair in a value', { a: '\ud800' }, /value of a has half of a surrogate pair/],
    ['half of a pair in a key', { '\udc00': 'a' }, /name of a key has half of a surrogate pair/],
    ['a whole pair', { a: '😀', '😀': null }, undefined],
  ]
  for (const [what, config, problem] of cases) {
    test(`${what}: ${problem === undefined ? 'taken' : 'refused'}`, () => {
      const found = beyondLimits(config)
      if (problem === undefined) assert.equal(found, undefined)
      else assert.match(found ?? '', problem)
    })
  }

  test('too many aliases and topics, and aliases that are too long, are errors at their key', async () => {
    const wrong: readonly (readonly [string, string, RegExp])[] = [
      ['transforms', aliases(101).join(','), /'transforms' has 101 items; at most 100/],
      ['predicates', aliases(2_000).join(','), /'predicates' has 2000 items; at most 100/],
      ['transforms', 'a'.repeat(201), /'transforms' has an alias of 201 characters/],
      ['topics', Array.from({ length: 10_001 }, (_, i) => `t${i}`).join(','), /'topics' has 10001 items/],
    ]
    for (const [name, value, message] of wrong) {
      const { configs } = await validate({ ...withTransforms(0), [name]: value })
      const errors = configs.find((info) => info.value.name === name)?.value.errors ?? []
      assert.match(errors.join('\n'), message)
      // What is beyond the limit is not looked at.
      assert.ok(configs.length < 600, String(configs.length))
    }
  })

  test('a name that nobody could ask for is refused', () => {
    const errorsOf = (name: string): readonly string[] =>
      sinkConnectorConfig.validate({ name }).find(({ key: of }) => of === 'name')?.errors ?? []
    for (const name of ['x'.repeat(513), 'a\ud800', '\udc00b', '.', '..', '', 'a\u0000', '\u007f']) {
      assert.equal(errorsOf(name).length, 1, JSON.stringify(name))
    }
    for (const name of ['x'.repeat(512), '😀', 'a/b', 'a%2Fb', '...', '__proto__', 'ä', '中'.repeat(512)]) {
      assert.deepEqual(errorsOf(name), [], name)
    }
  })
})
