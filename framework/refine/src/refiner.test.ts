import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  DataError,
  Headers,
  INT32,
  INT64,
  OPTIONAL_STRING,
  type RawConfig,
  Schema,
  SchemaBuilder,
  STRING,
  Struct,
  validateValue,
} from '@spillway/api'
import fc from 'fast-check'
import { refineConfig } from './refine-config.ts'
import { record, refined, textRecord } from './records.fixture.ts'
import { type RefineAction, Refiner } from './refiner.ts'

const TEXT =
  '{"id":1.0,"user":{"name":"Ann","mail":"a@b","home":{"city":"Bonn","zip":"1"}},"a.b":9007199254740993,"tags":[{"x":1}],"n":null}'

const project = (parts: { include?: string; exclude?: string; rename?: string }): RawConfig =>
  Object.fromEntries(Object.entries(parts).map(([key, value]) => [`refine.project.${key}`, value]))

/** Projections with the text that they make of the one above; a pattern is a part of the error. */
const PROJECTIONS: readonly (readonly [RawConfig, string | RegExp])[] = [
  [project({ include: 'id,n' }), '{"id":1.0,"n":null}'],
  [project({ include: 'n,id' }), '{"id":1.0,"n":null}'],
  [project({ include: 'none' }), '{}'],
  [project({ include: 'user.name' }), '{"user":{"name":"Ann"}}'],
  [project({ include: 'user.home.city,user.name' }), '{"user":{"name":"Ann","home":{"city":"Bonn"}}}'],
  [project({ include: 'user,user.name', exclude: 'user.home' }), '{"user":{"name":"Ann","mail":"a@b"}}'],
  [project({ include: 'id.deeper,n.deeper' }), '{"n":null}'],
  [project({ include: '`a.b`' }), '{"a.b":9007199254740993}'],
  [
    project({ exclude: 'user.home,tags,n' }),
    '{"id":1.0,"user":{"name":"Ann","mail":"a@b"},"a.b":9007199254740993}',
  ],
  [project({ exclude: 'id.deeper,user,`a.b`,tags' }), '{"id":1.0,"n":null}'],
  [
    project({ include: 'id,user', rename: 'id:ID,user.name:full' }),
    '{"ID":1.0,"user":{"full":"Ann","mail":"a@b","home":{"city":"Bonn","zip":"1"}}}',
  ],
  [project({ include: 'user.home.zip', rename: 'user:u,user.home.zip:z"' }), '{"u":{"home":{"z\\"":"1"}}}'],
  [project({ include: 'id,n', rename: 'id:n,n:id' }), '{"n":1.0,"id":null}'],
  [
    project({ include: 'id,n', rename: 'id:n' }),
    /refine\.project: two fields would be named n.*\(events-3@7\)/,
  ],
  [project({ include: 'id,n', rename: 'n:id' }), /two fields would be named id/],
  [project({ include: 'id', rename: 'id:n' }), '{"n":1.0}'],
  [project({ exclude: 'tags.x' }), /the path of "exclude tags\.x" leads into a list/],
  [project({ include: 'tags.x' }), /leads into a list/],
]

suite('project', () => {
  for (const [config, expected] of PROJECTIONS) {
    test(JSON.stringify(config), () => {
      const text = textRecord(TEXT, { isTextCompact: true })
      const value = record(text.value)
      if (expected instanceof RegExp) {
        assert.throws(() => refined(config, text), expected)
        assert.throws(() => refined(config, value), expected)
        return
      }
      const made = refined(config, text)
      assert.equal(made?.valueText?.toString(), expected)
      assert.equal(made?.isTextCompact, true)
      assert.deepEqual(made?.value, refined(config, value)?.value)
    })
  }

  test('a text keeps its blanks, and names with escapes are found', () => {
    const made = refined(
      project({ exclude: 'A,`"`' }),
      textRecord(' { "\\u0041" : 1 , "b" : [ 1 , 2 ], "\\"":{"}":"]"} , "c":"}," } '),
    )
    assert.equal(made?.valueText?.toString(), '{"b" : [ 1 , 2 ],"c":"},"}')
    assert.equal(made?.isTextCompact, false)
  })

  test('tombstones pass; a value without fields is an error', () => {
    const config = project({ include: 'a' })
    const tombstone = record(null)
    assert.equal(refined(config, tombstone), tombstone)
    for (const wrong of [record('text'), record([1]), textRecord('[1]'), record(Buffer.from('x'))])
      assert.throws(() => refined(config, wrong), /refine\.project: the value has no fields/)
  })

  const ADDRESS = SchemaBuilder.struct()
    .name('Address')
    .optional()
    .field('city', STRING)
    .field('zip', OPTIONAL_STRING)
    .build()
  const USER = SchemaBuilder.struct()
    .name('User')
    .version(3)
    .doc('Who.')
    .parameter('owner', 'us')
    .field('id', INT64)
    .field('name', SchemaBuilder.from(STRING).defaultValue('none').build())
    .field('address', ADDRESS)
    .field('labels', SchemaBuilder.map(STRING, INT32).build())
    .build()
  const user = (address: Struct | null): Struct =>
    Struct.ofTrusted(USER, [
      5n,
      null,
      address,
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    ])

  test('schemas keep name, version, doc, parameters, order, what is optional, and defaults', () => {
    const config = project({
      include: 'id,name,address.city,labels',
      exclude: 'labels.b',
      rename: 'id:user_id,address.city:town,labels.a:first',
    })
    const made = refined(config, record(user(Struct.ofTrusted(ADDRESS, ['Bonn', '1'])), { schema: USER }))
    const town = SchemaBuilder.struct().name('Address').optional().field('town', STRING).build()
    const expected = SchemaBuilder.struct()
      .name('User')
      .version(3)
      .doc('Who.')
      .parameter('owner', 'us')
      .field('user_id', INT64)
      .field('name', SchemaBuilder.from(STRING).defaultValue('none').build())
      .field('address', town)
      .field('labels', SchemaBuilder.map(STRING, INT32).build())
      .build()
    assert.ok(expected.equals(made?.valueSchema))
    validateValue(made?.valueSchema as Schema, made?.value)
    const struct = made?.value as Struct
    assert.equal(struct.get('user_id'), 5n)
    assert.equal(struct.getWithoutDefault('name'), null, 'a null stays null, whatever its default')
    assert.equal((struct.get('address') as Struct).get('town'), 'Bonn')
    assert.deepEqual(struct.get('labels'), new Map([['first', 1]]))
    const refiner = Refiner.of(config)
    const next = [null, null].map(() => refiner?.apply(record(user(null), { schema: USER })))
    assert.equal((next[0]?.value as Struct | undefined)?.get('address'), null)
    assert.equal(next[0]?.valueSchema, next[1]?.valueSchema, 'records of one schema have one schema')
  })

  test('a struct with a default keeps the default less what is left out', () => {
    const point = SchemaBuilder.struct().field('x', INT32).field('y', INT32).build()
    const withDefault = new Schema({
      ...point,
      fields: point.fields,
      defaultValue: Struct.ofTrusted(point, [1, 2]),
    })
    const schema = SchemaBuilder.struct().field('at', withDefault).build()
    const made = refined(project({ exclude: 'at.y' }), record(Struct.ofTrusted(schema, [null]), { schema }))
    const at = (made?.value as Struct | undefined)?.get('at') as Struct
    assert.deepEqual(
      at.schema.fields.map(({ name }) => name),
      ['x'],
    )
    assert.equal(at.get('x'), 1)
  })

  test('a path into a map with a schema names its keys; its values stay what the schema says', () => {
    const addresses = SchemaBuilder.map(STRING, ADDRESS).build()
    const schema = SchemaBuilder.struct().field('by', addresses).build()
    const home = Struct.ofTrusted(ADDRESS, ['Bonn', '1'])
    const by = new Map([
      ['home', home],
      ['work', home],
    ])
    const whole = record(Struct.ofTrusted(schema, [by]), { schema })
    const made = refined(project({ exclude: 'by.work' }), whole)
    assert.ok(schema.equals(made?.valueSchema))
    assert.deepEqual((made?.value as Struct | undefined)?.get('by'), new Map([['home', home]]))
    const map = record(by, { schema: addresses })
    assert.deepEqual(refined(project({ include: 'home' }), map)?.value, new Map([['home', home]]))
    const message = /leads into a value of a map with a schema: name the key itself/
    assert.throws(() => refined(project({ exclude: 'by.work.zip' }), whole), message)
    assert.throws(() => refined(project({ exclude: 'work.zip' }), map), message)
  })

  test('two fields of one name, and a path into an array, are errors of each record of the schema', () => {
    const of =
      (config: RawConfig): (() => unknown) =>
      () =>
        refined(config, record(user(null), { schema: USER }))
    assert.throws(of(project({ rename: 'id:name' })), /two fields would be named name/)
    const lists = SchemaBuilder.struct().field('list', SchemaBuilder.array(ADDRESS).build()).build()
    assert.throws(
      () =>
        refined(project({ exclude: 'list.zip' }), record(Struct.ofTrusted(lists, [[]]), { schema: lists })),
      /leads into a list/,
    )
  })

  test('what is projected in a text is what is projected in the value read from it', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'ä', '"', 'x y', '__proto__')
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constantFrom(null, '}', '"', '\\')),
        fc.array(tie('value'), { maxLength: 2 }),
        fc.dictionary(name, tie('value'), { maxKeys: 4 }),
      ),
    })).value
    const path = fc
      .array(name, { minLength: 1, maxLength: 3 })
      .map((steps) => steps.map((step) => `\`${step}\``).join('.'))
    const paths = fc.array(path, { maxLength: 3 })
    const renames = fc.array(fc.tuple(path, name), { maxLength: 2 })
    let projected = 0
    const outcome = (config: RawConfig, of: ReturnType<typeof record>): unknown => {
      try {
        return refined(config, of)?.value
      } catch (error) {
        assert.ok(error instanceof DataError, String(error))
        return error.message
      }
    }
    fc.assert(
      fc.property(
        fc.dictionary(name, json, { maxKeys: 5 }),
        paths,
        paths,
        renames,
        fc.boolean(),
        (object, include, exclude, rename, isSpaced) => {
          const config = project({
            include: include.join(','),
            exclude: exclude.join(','),
            rename: rename.map(([from, to]) => `${from}:${to}`).join(','),
          })
          if (refineConfig.validate(config).some(({ errors }) => errors.length > 0)) return
          const text = JSON.stringify(object, null, isSpaced ? ' ' : '').replaceAll('\n', ' ')
          const made = outcome(config, textRecord(text))
          assert.deepEqual(made, outcome(config, record(textRecord(text).value)))
          if (typeof made === 'object') projected++
        },
      ),
      { numRuns: 2000 },
    )
    assert.ok(projected > 500, `${projected} were projected`)
  })
})

suite('route', () => {
  const route = (topic: string, otherwise = ''): RawConfig => ({
    'refine.route.topic': topic,
    ...(otherwise !== '' && { 'refine.route.otherwise': otherwise }),
  })
  const PARTS = { headers: new Headers([{ key: 'tenant', schema: null, value: 'acme' }]), key: 'k-1' }

  test('a topic is made of fields, headers, the key and the topic; offsets stay those of the topic that is read', () => {
    const text = '{"type":"temp","n":12,"big":9007199254740993,"nested":{"ok":true}}'
    for (const made of [textRecord(text, PARTS), record(textRecord(text).value, PARTS)]) {
      const routed = refined(
        route(
          '{{topic}}.{{value.type}}-{{value.n}}-{{value.big}}-{{value.nested.ok}}_{{headers["tenant"]}}.{{ key }}.{{partition}}',
        ),
        made,
      )
      assert.equal(routed?.topic, 'events.temp-12-9007199254740993-true_acme.k-1.3')
      assert.deepEqual(
        [routed?.originalTopic, routed?.originalKafkaPartition, routed?.originalKafkaOffset],
        ['events', 3, 7n],
      )
      assert.equal(routed?.valueText, made.valueText)
    }
  })

  test('a record that makes no name fails, or has the other topic', () => {
    for (const [value, message] of [
      [{}, /refine\.route\.topic: value\.type is missing or null \(events-3@7\)/],
      [{ type: null }, /is missing or null/],
      [{ type: 1.5 }, /value\.type is a number that makes no name/],
      [{ type: ['a'] }, /is a list that makes no name/],
      [{ type: { a: 1 } }, /is an object that makes no name/],
      [{ type: '../../etc' }, /no name of a topic/],
      [{ type: 'a b' }, /no name of a topic/],
      [{ type: 'ä' }, /no name of a topic/],
      [{ type: 'x'.repeat(250) }, /has 250 characters/],
      [{ type: '' }, /this is empty/],
      [{ type: '..' }, /no name of a topic/],
    ] as const) {
      for (const made of [record(value), textRecord(JSON.stringify(value))]) {
        assert.throws(() => refined(route('{{value.type}}'), made), message)
        assert.equal(refined(route('{{value.type}}', 'rest'), made)?.topic, 'rest')
      }
    }
  })

  test('a tombstone keeps its topic where the template needs a field of the value, unless there is another', () => {
    assert.equal(refined(route('{{value.type}}'), record(null))?.topic, 'events')
    assert.equal(refined(route('{{value.type}}', 'rest'), record(null))?.topic, 'rest')
    assert.equal(refined(route('{{topic}}-all'), record(null))?.topic, 'events-all')
  })
})

suite('refine', () => {
  test('keep, drop, route and project, in this order, on the record as it came', () => {
    const config = {
      'refine.keep': 'value.type in ["a", "b"]',
      'refine.drop': 'value.secret == true',
      'refine.route.topic': 'by-{{value.type}}',
      'refine.project.exclude': 'type',
      'refine.project.rename': 'n:number',
    }
    const actions: RefineAction[] = []
    const refiner = Refiner.of(config, actions)
    const taken = (value: unknown): readonly unknown[] => {
      const made = refiner?.apply(value === null ? record(null) : textRecord(JSON.stringify(value)))
      return [made?.topic, made?.value, ...actions.splice(0).map(({ key, did }) => `${key} ${did}`)]
    }
    assert.deepEqual(taken({ type: 'a', n: 1 }), [
      'by-a',
      { number: 1 },
      'refine.keep kept',
      'refine.drop kept',
      'refine.route.topic routed',
      'refine.project projected',
    ])
    assert.deepEqual(taken({ type: 'c' }), [undefined, undefined, 'refine.keep dropped'])
    assert.deepEqual(taken({ type: 'b', secret: true }), [
      undefined,
      undefined,
      'refine.keep kept',
      'refine.drop dropped',
    ])
    assert.deepEqual(taken(null), [
      'events',
      null,
      'refine.keep passed',
      'refine.drop passed',
      'refine.route.topic passed',
    ])
  })

  test('without its keys there is nothing to do', () => {
    assert.equal(Refiner.of({ topics: 'a', 'refine.keep': null }), undefined)
  })
})

/** Configurations that are refused, with the key and what is said of it. */
const REFUSED: readonly (readonly [RawConfig, string, RegExp])[] = [
  [
    { 'refine.kepe': 'true' },
    'refine.kepe',
    /There is no configuration refine\.kepe\. Did you mean refine\.keep\?/,
  ],
  [{ 'refine.project.includes': 'a' }, 'refine.project.includes', /Did you mean refine\.project\.include\?/],
  [{ 'refine.zzzzzzzzzzzzz': 'a' }, 'refine.zzzzzzzzzzzzz', /There is no configuration/],
  ...['rekey', 'dedupe', 'latest', 'variety'].flatMap((step) =>
    [`refine.${step}`, `refine.${step}.by`].map(
      (key) =>
        [
          { [key]: 'a' },
          key,
          new RegExp(`${key} needs a managed stage, which this version does not have`),
        ] as const,
    ),
  ),
  [{ 'refine.route.otherwise': 'a' }, 'refine.route.otherwise', /needs refine\.route\.topic/],
  [{ 'refine.route.topic': 'a', 'refine.route.otherwise': 'a b' }, 'refine.route.otherwise', /a topic has/],
  [{ 'refine.route.topic': 'a b' }, 'refine.route.topic', /a topic has 1 to 249/],
  [{ 'refine.route.topic': 'a/{{topic}}' }, 'refine.route.topic', /a topic has/],
  [{ 'refine.route.topic': '{{topic' }, 'refine.route.topic', /a topic has/],
  [{ 'refine.route.topic': '{{}}' }, 'refine.route.topic', /Unexpected token/],
  [{ 'refine.route.topic': '{{1}}' }, 'refine.route.topic', /in braces stands/],
  [{ 'refine.route.topic': '{{valeu.a}}' }, 'refine.route.topic', /there is no valeu/],
  [{ 'refine.route.topic': '{{'.repeat(2000) }, 'refine.route.topic', /at most 1000/],
  [project({ include: 'a..b' }), 'refine.project.include', /a step without a name/],
  [project({ exclude: '`a' }), 'refine.project.exclude', /Incomplete backtick pair/],
  [project({ rename: 'a' }), 'refine.project.rename', /no pair of a field and its new name/],
  [project({ rename: 'a:' }), 'refine.project.rename', /no pair/],
  [project({ rename: 'a:b,a:c' }), 'refine.project.rename', /renamed twice/],
  [project({ rename: 'a:x,b:x' }), 'refine.project.rename', /two fields are renamed to x/],
  [project({ include: 'b', rename: 'a:x' }), 'refine.project.rename', /left out by the other keys/],
  [project({ exclude: 'a', rename: 'a.b:x' }), 'refine.project.rename', /left out/],
  [
    project({ include: Array.from({ length: 1001 }, (_, i) => `f${i}`).join(',') }),
    'refine.project.include',
    /at most 1000/,
  ],
]

test('configurations that mean nothing are refused at their keys', () => {
  for (const [config, key, message] of REFUSED) {
    const problems = refineConfig.validate(config).filter(({ errors }) => errors.length > 0)
    assert.deepEqual(
      problems.map((problem) => problem.key),
      [key],
      JSON.stringify(config).slice(0, 100),
    )
    assert.match(problems[0]?.errors.join('\n') ?? '', message)
  }
})
