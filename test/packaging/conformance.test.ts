import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { runSuite } from '../support/run-suite.ts'
import { filesOf, installPackages } from './outside.ts'

const PARTS = join(import.meta.dirname, 'parts')
const outside = mkdtempSync(join(tmpdir(), 'spillway-suites-'))

const PACKAGES = ['api', 'converters', 'object-store', 'framework', 'kafka', 'streams'].map(
  (name) => `@spillway/${name}`,
)

/** A fault put into a part, and a test that has to fail for it. */
interface Fault {
  readonly what: string
  readonly in: string
  readonly replace: string
  readonly by: string
  readonly fails: string
}

interface Part {
  readonly suite: string
  readonly test: string
  readonly faults: readonly Fault[]
}

const STORE: Part = {
  suite: 'object store',
  test: 'map-store.test.js',
  faults: [
    {
      what: 'a condition of absence is passed over',
      in: 'map-store.js',
      replace: 'condition?.absent === true && before !== undefined',
      by: 'false',
      fails: 'a put on condition of absence creates, and never replaces',
    },
    {
      what: 'parts are put together as they came',
      in: 'map-store.js',
      replace: 'parts.map(({ partNumber }) => bodies.get(partNumber))',
      by: '[...bodies.values()]',
      fails: 'an upload becomes an object when it is completed, of its parts in order',
    },
    {
      what: 'keys are listed as they came',
      in: 'map-store.js',
      replace: 'keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))',
      by: 'keys',
      fails: 'the keys that start so are listed in order, over pages',
    },
  ],
}

const CONVERTER: Part = {
  suite: 'converter',
  test: 'upper-converter.test.js',
  faults: [
    {
      what: 'no bytes are an empty text',
      in: 'upper-converter.js',
      replace: 'if (bytes === null) return { schema: OPTIONAL_STRING, value: null }',
      by: "if (bytes === null) return { schema: OPTIONAL_STRING, value: '' }",
      fails: 'no bytes are no value, and no value is no bytes or such as are read as none',
    },
    {
      what: 'bytes are read as another text',
      in: 'upper-converter.js',
      replace: "toString('utf8')",
      by: "toString('latin1')",
      fails: 'a value that is written by one is read by another',
    },
    {
      what: 'bytes that it cannot read are no DataError',
      in: 'upper-converter.js',
      replace: 'throw new DataError(',
      by: 'throw new TypeError(',
      fails: 'damaged bytes are a value or a DataError, and never another error',
    },
  ],
}

const FORMAT: Part = {
  suite: 'format',
  test: 'shout-format.test.js',
  faults: [
    {
      what: 'a record is added in two pieces',
      in: 'modules/shout-format.js',
      replace: 'file.append(Buffer.from(`${view.value(record)}!\\n`))',
      by: "file.append(Buffer.from(`${view.value(record)}!`))\n      file.append(Buffer.from('\\n'))",
      fails: 'where the buffer has no room nothing of the record is added, and it can be appended again',
    },
    {
      what: 'the view is passed over',
      in: 'modules/shout-format.js',
      replace: 'view.value(record)',
      by: 'record.value',
      fails: 'it writes what its view shows, which may be the key',
    },
    {
      what: 'bytes tell the time',
      in: 'modules/shout-format.js',
      replace: '!\\n`',
      by: '!${process.hrtime()}\\n`',
      fails: 'the same records give the same bytes: again, and from another instance',
    },
  ],
}

const ENGINE: Part = {
  suite: 'state store',
  test: 'counting-engine.test.js',
  faults: [
    {
      what: 'a null is not written',
      in: 'counting-engine.js',
      replace: 'store.put(key, value)',
      by: 'if (value !== null) store.put(key, value)',
      fails: 'putting null deletes, and a tombstone stays deleted after a flush',
    },
    {
      what: 'a window store keeps no duplicates',
      in: 'counting-engine.js',
      replace: 'this.inner.window(spec, context)',
      by: 'this.inner.window({ ...spec, retainDuplicates: false }, context)',
      fails: 'duplicates are kept in order of arrival, and a put of null is only logged',
    },
  ],
}

const run = (file: string) => runSuite(file, { cwd: outside, env: { SPILLWAY_PROPERTY_RUNS: '20' } })

suite('suites of the packed packages, run by somebody outside on a part of his own', () => {
  before(() => {
    installPackages(outside, PACKAGES)
    writeFileSync(join(outside, 'package.json'), '{"name":"outside","private":true,"type":"module"}')
    for (const [name, text] of filesOf('docs/extending.md')) {
      mkdirSync(dirname(join(outside, name)), { recursive: true })
      writeFileSync(join(outside, name), text)
    }
    for (const name of readdirSync(PARTS)) {
      writeFileSync(join(outside, name), readFileSync(join(PARTS, name)))
    }
  })
  after(() => rmSync(outside, { recursive: true, force: true }))

  for (const part of [STORE, CONVERTER, FORMAT, ENGINE]) {
    test(`${part.suite}: the right one passes`, async () => {
      const { status, failed, passed, output } = await run(part.test)
      assert.deepEqual(failed, [], output)
      assert.equal(status, 0, output)
      assert.ok(passed > 5, output)
    })

    for (const fault of part.faults) {
      test(`${part.suite}: fails where ${fault.what}`, async () => {
        const file = join(outside, fault.in)
        const right = readFileSync(file, 'utf8')
        assert.ok(right.includes(fault.replace), `${fault.in} has no ${fault.replace}`)
        writeFileSync(
          file,
          right.replace(fault.replace, () => fault.by),
        )
        try {
          const { status, failed, output } = await run(part.test)
          assert.notEqual(status, 0, output)
          assert.ok(failed.includes(fault.fails), output)
        } finally {
          writeFileSync(file, right)
        }
      })
    }
  }
})
