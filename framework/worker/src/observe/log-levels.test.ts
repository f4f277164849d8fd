import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { pino, type Logger } from 'pino'
import { connectorLogger, LogLevels, parseLogLevel } from './log-levels.ts'

function logging(level = 'info'): { root: Logger; lines: string[]; levels: LogLevels; tick: () => void } {
  const lines: string[] = []
  let now = 1_000
  const root = pino(
    { level, base: null },
    { write: (line: string) => lines.push((JSON.parse(line) as { msg: string }).msg) },
  )
  const levels = new LogLevels(root, () => now)
  return { root, lines, levels, tick: () => (now += 1_000) }
}

suite('levels of loggers', () => {
  test('A65: a level reaches loggers that are there already and those made later', () => {
    const { root, lines, levels } = logging()
    const rest = root.child({ logger: 'org.apache.kafka.connect.runtime.rest' })
    rest.debug('before')
    assert.deepEqual(levels.set('org.apache.kafka.connect', 'DEBUG'), [
      'org.apache.kafka.connect',
      'org.apache.kafka.connect.runtime.rest',
    ])
    rest.debug('there')
    root.child({ logger: 'org.apache.kafka.connect.runtime.Worker' }).debug('later')
    root.debug('root is not below')
    assert.deepEqual(lines, ['there', 'later'])
  })

  test('A65: a logger nobody has is created by its first level and has a numeric last_modified', () => {
    const { levels } = logging()
    assert.equal(levels.get('org.x'), undefined)
    assert.deepEqual(levels.set('org.x', 'DEBUG'), ['org.x'])
    assert.deepEqual(levels.get('org.x'), { level: 'DEBUG', last_modified: 1_000 })
  })

  test('A65: the same level again keeps last_modified, another one moves it', () => {
    const { levels, tick } = logging()
    levels.set('org.x', 'DEBUG')
    tick()
    levels.set('org.x', 'DEBUG')
    assert.equal(levels.get('org.x')?.last_modified, 1_000)
    levels.set('org.x', 'WARN')
    assert.equal(levels.get('org.x')?.last_modified, 2_000)
  })

  test('a logger that inherits the level already is listed as affected but not as modified', () => {
    const { levels } = logging()
    assert.deepEqual(levels.set('org.y', 'INFO'), ['org.y'])
    assert.deepEqual(levels.get('org.y'), { level: 'INFO', last_modified: null })
  })

  test('root covers every logger; a name that only begins alike is not below', () => {
    const { root, lines, levels } = logging()
    const [a, ab] = [root.child({ logger: 'org.a' }), root.child({ logger: 'org.ab' })]
    levels.set('org.a', 'DEBUG')
    a.debug('a')
    ab.debug('ab')
    assert.deepEqual(levels.set('root', 'ERROR'), ['org.a', 'org.ab', 'org.apache.kafka.connect', 'root'])
    a.warn('quiet')
    root.warn('quiet')
    assert.deepEqual(lines, ['a'])
  })

  test('a task logs by the level of its connector, and so do the loggers made from its own', () => {
    const { root, lines, levels } = logging()
    const task = root.child({ connector: 'orders', task: 0 })
    const writer = task.child({ file: 'x' })
    const other = root.child({ connector: 'orders2', task: 0 })
    levels.set(connectorLogger('orders'), 'DEBUG')
    task.debug('task')
    writer.debug('writer')
    other.debug('other')
    levels.set(connectorLogger('orders', 0), 'OFF')
    task.fatal('off')
    assert.deepEqual(lines, ['task', 'writer'])
  })

  test('loggers of other threads are listed with the level they have, and affected by what is above them', () => {
    const { levels } = logging()
    const others = [connectorLogger('orders')]
    assert.equal(levels.all(others)[others[0] ?? '']?.level, 'INFO')
    assert.ok(levels.set('org.apache.kafka.connect', 'TRACE', others).includes(connectorLogger('orders')))
    assert.equal(levels.get(connectorLogger('orders'), others)?.level, 'TRACE')
  })

  test('another thread takes all settings over, and forgets those that are gone', () => {
    const here = logging()
    const there = logging()
    const task = there.root.child({ connector: 'c', task: 1 })
    here.levels.set('org.apache.kafka.connect', 'DEBUG')
    there.levels.replace(here.levels.settings())
    task.debug('on')
    there.levels.replace({})
    task.debug('off')
    assert.deepEqual(there.lines, ['on'])
  })

  test('level names are read in any case; others are none', () => {
    assert.deepEqual(['debug', 'Warn', 'HIGH', '__proto__'].map(parseLogLevel), [
      'DEBUG',
      'WARN',
      undefined,
      undefined,
    ])
  })
})
