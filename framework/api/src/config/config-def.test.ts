import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ConfigProblemsError, configDef } from './config-def.ts'
import { configInfosOf, keyInfos } from './config-infos.ts'
import { configPage } from './config-docs.ts'
import { Password } from './password.ts'
import { nonEmpty, oneOf, range } from './validators.ts'

const def = configDef(
  {
    'flush.size': {
      type: 'int',
      validator: range(1),
      importance: 'high',
      group: 'Connector',
      doc: 'Records per file.',
    },
    mode: {
      type: 'string',
      default: 'none',
      validator: oneOf('none', 'gzip'),
      importance: 'low',
      doc: 'Codec | mode.',
    },
    secret: { type: 'password', default: null, importance: 'medium', doc: 'A secret.' },
    topics: {
      type: 'list',
      default: [],
      validator: nonEmpty,
      importance: 'high',
      group: 'Connector',
      doc: 'Topics.',
    },
  },
  [
    function* ({ values }) {
      if (values['mode'] === 'gzip' && values['flush.size'] === 1)
        yield { key: 'mode', message: 'gzip of one record' }
    },
  ],
)

suite('ConfigDef', () => {
  test('reads texts as Kafka does: trimmed, typed, lists by comma, defaults where nothing is written', () => {
    const parsed = def.parse({ 'flush.size': ' 3 ', topics: 'a, b', secret: 's3cret' })
    assert.equal(parsed['flush.size'], 3)
    assert.equal(parsed.mode, 'none')
    assert.deepEqual(parsed.topics, ['a', 'b'])
    assert.equal(parsed.secret?.reveal(), 's3cret')
  })

  test('tells every problem at once, with a did-you-mean for an unknown value', () => {
    assert.throws(
      () => def.parse({ 'flush.size': 'x', mode: 'gzpi', topics: '' }),
      (error: unknown) => {
        assert.ok(error instanceof ConfigProblemsError)
        assert.deepEqual(
          error.problems.map((p) => p.message),
          [
            'Invalid value x for configuration flush.size: Not a number of type INT',
            'Invalid value gzpi for configuration mode: String must be one of: none, gzip (did you mean gzip?)',
            'Invalid value  for configuration topics: Empty list',
          ],
        )
        return true
      },
    )
  })

  test('a missing required key names the key that was probably meant', () => {
    assert.throws(() => def.parse({ 'flush.sise': '1', topics: 'a' }), {
      message:
        'Missing required configuration "flush.size" which has no default value. Did you mean "flush.size" where you wrote "flush.sise"?',
    })
  })

  test('a rule over several keys adds its problem to its key, and runs beside other problems', () => {
    const values = def.validate({ 'flush.size': '1', mode: 'gzip' })
    assert.deepEqual(values.find((v) => v.key === 'mode')?.errors, ['gzip of one record'])
  })

  test('numbers beyond the type are refused, Long.MAX_VALUE is read', () => {
    const longs = configDef({
      n: { type: 'long', importance: 'low', doc: '' },
      i: { type: 'int', default: 0, importance: 'low', doc: '' },
    })
    assert.equal(longs.parse({ n: '9223372036854775807' }).n, 2 ** 63)
    assert.throws(() => longs.parse({ n: '9223372036854775808' }), /Not a number of type LONG/)
    assert.throws(() => longs.parse({ n: '1', i: '2147483648' }), /Not a number of type INT/)
    assert.throws(() => longs.parse({ n: '1.5' }), /Not a number of type LONG/)
  })

  test('unknown keys come with the known key they resemble', () => {
    assert.deepEqual(def.unknownKeys({ 'flush.sizes': '1', zzz: '1' }), [
      { key: 'flush.sizes', meant: 'flush.size' },
      { key: 'zzz' },
    ])
  })

  test('below a prefix, messages and checks name the whole key', () => {
    const prefixed = def.withPrefix('transforms.a.', 'Transforms: a')
    const values = prefixed.validate({
      'transforms.a.flush.size': '1',
      'transforms.a.mode': 'gzip',
      'transforms.a.topics': 't',
    })
    assert.deepEqual(
      values.filter((v) => v.errors.length > 0),
      [{ key: 'transforms.a.mode', value: 'gzip', errors: ['gzip of one record'] }],
    )
    assert.throws(() => prefixed.parse({}), /Missing required configuration "transforms.a.flush.size"/)
  })
})

suite('what is derived from a declaration', () => {
  test('the REST answer hides passwords and carries errors', () => {
    const infos = configInfosOf(def, { 'flush.size': '0', secret: 'hush', topics: 'a' })
    const byName = new Map(infos.map((info) => [info.value.name, info]))
    assert.equal(byName.get('secret')?.value.value, '[hidden]')
    assert.deepEqual(byName.get('flush.size')?.value.errors, [
      'Invalid value 0 for configuration flush.size: Value must be at least 1',
    ])
    assert.deepEqual(byName.get('mode')?.value.recommended_values, ['none', 'gzip'])
    assert.equal(JSON.stringify(infos).includes('hush'), false)
  })

  test('the REST answer shows what is refused, but nothing in place of a class that is not there', () => {
    const named = configDef({
      'format.class': { type: 'class', validator: oneOf('a.B'), importance: 'high', doc: 'Format.' },
      codec: { type: 'string', validator: oneOf('none'), importance: 'high', doc: 'Codec.' },
    })
    const values = configInfosOf(named, { 'format.class': 'x.Y', codec: 'lz' }).map(({ value }) => value)
    assert.deepEqual(
      values.map(({ value, errors }) => [value, errors.length]),
      [
        [null, 1],
        ['lz', 1],
      ],
    )
  })

  test('an arranged form has its keys first, at their places, and keeps headings of the reference page', () => {
    const form = def.arranged({
      topics: {
        group: 'First',
        order: 3,
        displayName: 'Topics',
        visible: (config) => config['mode'] === 'gzip',
      },
    })
    const [first, second] = keyInfos(form)
    assert.deepEqual(
      [first?.name, first?.group, first?.order_in_group, first?.display_name],
      ['topics', 'First', 3, 'Topics'],
    )
    assert.deepEqual([second?.name, second?.group], ['flush.size', 'Connector'])
    const shown = (mode: string): boolean | undefined =>
      configInfosOf(form, { 'flush.size': '2', mode, topics: 'a' })[0]?.value.visible
    assert.deepEqual([shown('gzip'), shown('none')], [true, false])
    assert.match(configPage('P', 'intro', form), /## Connector\n/)
    assert.doesNotMatch(configPage('P', 'intro', form), /## First/)
    assert.throws(() => def.arranged({ nothing: {} }), /has a key that is not declared: nothing/)
  })

  test('key infos have the shape of ConfigKeyInfo, with orders by group', () => {
    assert.deepEqual(keyInfos(def)[3], {
      name: 'topics',
      type: 'LIST',
      required: false,
      default_value: '',
      importance: 'HIGH',
      documentation: 'Topics.',
      group: 'Connector',
      width: 'NONE',
      display_name: 'topics',
      dependents: [],
      order_in_group: 2,
      order: 2,
    })
  })

  test('the reference page has a heading per key, with what it takes and what it means', () => {
    const page = configPage('T', 'Intro.', def)
    assert.match(
      page,
      /### `flush\.size`\n\n- int; \*\*required\*\*; high importance; valid values: \[1,\.\.\.\]\n- Records per file\.\n/,
    )
    assert.match(page, /- Codec \| mode\./)
  })
})

suite('Password', () => {
  test('shows nothing of itself in texts, JSON or inspection', async () => {
    const { inspect } = await import('node:util')
    const password = new Password('hush')
    assert.equal(
      `${String(password)}${JSON.stringify({ password })}${inspect(password)}`.includes('hush'),
      false,
    )
  })
})
