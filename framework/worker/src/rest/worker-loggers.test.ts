import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { pino } from 'pino'
import { connectorLogger, LogLevels, type LogLevelSettings } from '../observe/log-levels.ts'
import { workerLoggers, type WorkerLoggersParts } from './worker-loggers.ts'

function parts(isReady = true): WorkerLoggersParts & { readonly told: LogLevelSettings[] } {
  const told: LogLevelSettings[] = []
  return {
    told,
    levels: new LogLevels(pino({ level: 'silent' })),
    herder: {
      isReady,
      connectors: async () => (isReady ? ['orders'] : await new Promise<never>(() => undefined)),
    },
    threads: { setLogLevels: (settings) => told.push(settings) },
  }
}

suite('loggers of a worker', () => {
  test('connectors are listed and affected, and the task threads are told', async () => {
    const worker = parts()
    const loggers = workerLoggers(worker)
    assert.ok(Object.hasOwn(await loggers.all(), connectorLogger('orders')))
    const affected = await loggers.set('org.apache.kafka.connect', 'DEBUG')
    assert.ok(affected.includes(connectorLogger('orders')))
    assert.equal(worker.told.at(-1)?.[connectorLogger('orders')], 'DEBUG')
    assert.equal((await loggers.get(connectorLogger('orders')))?.level, 'DEBUG')
  })

  test('in a cluster a level is published, and not set here until it comes back', async () => {
    const published: string[] = []
    const worker = { ...parts(), publish: async (...what: string[]) => void published.push(...what) }
    await workerLoggers(worker).setInCluster('org.x', 'WARN')
    assert.deepEqual([published, worker.told], [['org.x', 'WARN'], []])
  })

  test('a worker that still waits for its cluster lists and sets its own levels', async () => {
    const loggers = workerLoggers(parts(false))
    assert.deepEqual(await loggers.set('org.x', 'WARN'), ['org.x'])
    assert.ok(Object.hasOwn(await loggers.all(), 'org.x'))
  })
})
