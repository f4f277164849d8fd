import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { localStoreKeys } from '../object-store/local/local-keys.ts'
import { pathOfKey } from '../object-store/local/key-path.ts'
import { parseFileNameTemplate } from './file-name-template.ts'
import { anyStoreKeys, fileStoreKeys } from './key-rule.ts'
import { bookkeepingKey, ledgerName } from './naming.ts'
import { ObjectNaming } from './object-naming.ts'
import { TemplateNaming } from './template-naming.ts'

const naming = new ObjectNaming({
  topicsDir: 'topics',
  directoryDelimiter: '/',
  fileDelimiter: '+',
  offsetPadWidth: 10,
})
const source = { topic: 't', partition: 0 }
const rules = { any: anyStoreKeys, files: fileStoreKeys, local: localStoreKeys }
type Rule = keyof typeof rules

/** The rules that refuse the key of a file in an output partition. */
function refusing(encodedPartition: string, of = naming): Rule[] {
  const key = of.key({ topic: 't', encodedPartition, firstOffset: 5n }, source, '.json')
  const parts = { root: of.root, objectPattern: of.objectPattern(['.keys.json', '.json']) }
  return (Object.keys(rules) as Rule[]).filter((rule) => rules[rule](key, parts) !== undefined)
}

const ALL: Rule[] = ['any', 'files', 'local']
/** Bytes of the key around the output partition. */
const AROUND = 'topics/t//t+0+0000000005.json'.length

suite('the keys that stores take', () => {
  test('are told from those that they do not take', () => {
    const table: readonly [string, readonly Rule[]][] = [
      ['f=a', []],
      ['f=é 😀 \\ : * ? " < > | % # & + ; ~ \t \n \u007f \u0085', []],
      ['f=', []],
      ['f=...', []],
      ['f=a//b/', []],
      ['f=\u0000', ALL],
      ['f=\u0001', ALL],
      ['f=\u001f', ALL],
      ['f=\ud800', ALL],
      ['f=\udc00x', ALL],
      ['f=a/../b', ALL],
      ['f=a/.', ALL],
      ['..', ALL],
      [`f=${'x'.repeat(253)}`, []],
      [`f=${'x'.repeat(254)}`, ['files', 'local']],
      [`f=${'é'.repeat(126)}x`, []],
      [`f=${'é'.repeat(127)}`, ['files', 'local']],
      [`f=${'a/'.repeat((1024 - AROUND - 2) / 2)}`.padEnd(1024 - AROUND, 'b'), []],
      [`f=${'a/'.repeat((1024 - AROUND - 2) / 2)}`.padEnd(1025 - AROUND, 'b'), ALL],
      ['f=a/x+1+2.json', ['files', 'local']],
      ['f=a/x+1+2.keys.json', ['files', 'local']],
      ['f=x+1+2.json', ['files', 'local']],
      ['f=x+1+2.avro', []],
      ['f=a/x+1.json', []],
    ]
    for (const [encoded, refused] of table) {
      assert.deepEqual(refusing(encoded), refused, JSON.stringify(encoded.slice(0, 40)))
    }
  })

  test('may have what the configuration puts before them; what is the store’s own they may not', () => {
    const below = (topicsDir: string): ObjectNaming =>
      new ObjectNaming({ topicsDir, directoryDelimiter: '/', fileDelimiter: '+', offsetPadWidth: 10 })
    assert.deepEqual(refusing('f=a', below('/a//./b/')), [])
    assert.deepEqual(refusing('f=a', below('.spillway')), ['local'])
    const key = '.spillway/temporary/x'
    assert.equal(anyStoreKeys(key, { root: '' }), undefined)
    assert.match(localStoreKeys(key, { root: '' }) ?? '', /store's own/)
    assert.match(fileStoreKeys('/a', { root: '' }) ?? '', /begins or ends with a slash/)
    assert.match(fileStoreKeys('a/', { root: '' }) ?? '', /begins or ends with a slash/)
    assert.equal(localStoreKeys('/a/', { root: '' }), undefined)
  })

  test('have no directory that is named as an object can be, whatever the delimiters and templates', () => {
    const patternOf = (fileDelimiter: string): RegExp =>
      new ObjectNaming({
        topicsDir: '',
        directoryDelimiter: '/',
        fileDelimiter,
        offsetPadWidth: 0,
      }).objectPattern(['.bin'])
    for (const [delimiter, name] of [
      ['-', 'f=a/my-topic-3-17.bin'],
      ['.', 'f=a/t.3.17.bin'],
      ['/', 'f=a/t/3/17.bin'],
      ['_/x', 'f=a/t_/x3_/x17.bin'],
      ['', 't317.bin'],
    ] as const) {
      assert.match(name, patternOf(delimiter))
      assert.doesNotMatch(`${name}.more`, patternOf(delimiter))
    }
    const template = (text: string): RegExp | undefined =>
      new TemplateNaming(parseFileNameTemplate(text)).objectPattern([''])
    const byOffset = template('logs/{{topic}}/{{key}}-{{partition}}-{{start_offset}}.gz') as RegExp
    assert.match('logs/t/a b/c-0-7.gz', byOffset)
    for (const other of ['logs/t', 'logs/t/a-b-7.gz', 'logs/a-0-7.gz', 'x/logs/t/a-0-7.gz'])
      assert.doesNotMatch(other, byOffset)
    assert.equal(template('{{key}}'), undefined)
  })

  test('of local storage are paths of names that a file can have, below its root', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (value) => {
        if (refusing(value).includes('local')) return
        const path = pathOfKey(
          naming.key({ topic: 't', encodedPartition: value, firstOffset: 5n }, source, ''),
        )
        for (const name of path.split('/')) {
          assert.ok(Buffer.byteLength(name) <= 255 && name !== '' && name !== '.' && name !== '..')
          assert.ok(!name.includes('\u0000') && name.isWellFormed())
        }
      }),
    )
  })

  test('of bookkeeping are names of files for every connector and topic, and differ', () => {
    const topic = 't'.repeat(249)
    const ledger = (name: string): string =>
      bookkeepingKey(name, ledgerName({ topic, partition: 2 ** 31 - 1 }), '/')
    assert.equal(bookkeepingKey('c', ledgerName(source), '/'), '_spillway/c/t+0.ledger.json')
    for (const name of ['c', '漢'.repeat(500), `${'漢'.repeat(499)}字`]) {
      assert.ok(
        ledger(name)
          .split('/')
          .every((element) => Buffer.byteLength(element) <= 255),
      )
      assert.ok(ledger(name).endsWith('.ledger.json'))
    }
    assert.notEqual(ledger('漢'.repeat(500)), ledger(`${'漢'.repeat(499)}字`))
    assert.notEqual(ledgerName({ topic, partition: 1 }), ledgerName({ topic, partition: 11 }))
  })
})
