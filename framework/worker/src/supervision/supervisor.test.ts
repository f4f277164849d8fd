import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import pino from 'pino'
import { configDef, type RawConfig } from '../../../api/src/config/config-def.ts'
import { noModules } from '../../../api/src/config/module-door.ts'
import { ConfigTransformer } from '../../../api/src/config/providers/config-transformer.ts'
import { SecretMasker } from '../../../api/src/config/providers/secret-masker.ts'
import { PluginRegistry } from '../../../api/src/connector/plugin-registry.ts'
import type { SinkConnectorContext, SinkConnectorPlugin } from '../../../api/src/connector/sink-connector.ts'
import type { Clock } from '../../../api/src/time/clock.ts'
import { SensitiveConfigs } from '../connector/sensitive-config.ts'
import { Worker } from '../connector/worker.ts'
import { WorkerModules } from '../plugins/worker-modules.ts'
import { TaskThreadPool } from '../threads/task-thread-pool.ts'
import type { ConfigChange } from './cluster-config-state.ts'
import { ConfigStore } from './config-store.ts'
import { MemoryLog } from './memory-log.ts'
import { StatusStore } from './status-store.ts'
import { Supervisor } from './supervisor.ts'

const logger = pino({ level: 'silent' })
const unused = (): never => {
  throw new Error('nothing runs here')
}

/** A supervisor whose only plugin notes what is asked of its connectors. */
async function scene(): Promise<{
  calls: string[]
  contexts: SinkConnectorContext[]
  configs: ConfigStore
  /** State, and trace where there is one. */
  shown: () => string | undefined
  supervisor: Supervisor
  changes: ConfigChange[]
  /** Pauses that were waited for, in ms. */
  pauses: number[]
  /** What the next plans and writes throw. */
  fail: { plan?: Error; write?: Error }
}> {
  const calls: string[] = []
  const contexts: SinkConnectorContext[] = []
  const changes: ConfigChange[] = []
  const pauses: number[] = []
  const fail: { plan?: Error; write?: Error } = {}
  const plugin: SinkConnectorPlugin = {
    kind: 'sink',
    className: 'a.Sink',
    version: '1',
    doc: '',
    config: configDef({}),
    create: () => ({
      start: async ({ mark }: RawConfig, context) => {
        calls.push(`start ${mark}`)
        contexts.push(context)
      },
      taskConfigs: async () => {
        calls.push('plan')
        if (fail.plan !== undefined) throw fail.plan
        return []
      },
      stop: async () => {
        calls.push('stop')
      },
    }),
    createTask: unused,
  }
  const registry = new PluginRegistry([plugin])
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: async (ms) => {
      pauses.push(ms)
      delete fail.write
    },
  }
  const worker = new Worker({
    modules: new WorkerModules({}, registry),
    sensitive: new SensitiveConfigs({ ...noModules, plugins: registry }),
    pool: new TaskThreadPool({
      data: { registryModule: '' } as never,
      size: 1,
      logger,
      onThreadEnd: unused,
      onClosed: () => undefined,
      stallTimeoutMs: 1,
      memoryMiB: 0,
    }),
    transformer: new ConfigTransformer(new Map()),
    masker: new SecretMasker(),
    clock,
    logger,
  })
  const statuses = new StatusStore((onRecord) => new MemoryLog(onRecord), clock, logger)
  const configs = new ConfigStore(
    (onRecord) => {
      const log = new MemoryLog(onRecord)
      const send = log.send.bind(log)
      log.send = async (records) => {
        if (fail.write !== undefined) throw fail.write
        await send(records)
      }
      return log
    },
    (change) => {
      changes.push(change)
      supervisor.configChanged(change)
    },
    unused,
  )
  const parts = {
    worker,
    services: { resolve: async (config: RawConfig) => config, endMembership: unused },
    configs,
    statuses,
    workerId: () => 'here',
    generation: () => 0,
    tasksMove: false,
    stopTimeoutMs: 1_000,
    clock,
    logger,
  }
  // Tasks would run in threads: they are another worker's.
  const supervisor = new Supervisor(parts, { hasConnector: () => true, hasTask: () => false })
  await configs.start()
  const shown = (): string | undefined => {
    const status = statuses.connector('c')
    return status === undefined ? undefined : [status.state, status.trace ?? ''].join(' ').trim()
  }
  return { calls, contexts, configs, shown, supervisor, changes, pauses, fail }
}

const config = (mark: string): RawConfig => ({ name: 'c', 'connector.class': 'a.Sink', topics: 't', mark })

suite('Supervisor', () => {
  type Scene = Awaited<ReturnType<typeof scene>>
  const put =
    (mark: string) =>
    async ({ configs }: Scene): Promise<void> =>
      await configs.putConnector('c', config(mark))
  const meant =
    (state: 'STARTED' | 'PAUSED' | 'STOPPED') =>
    async ({ configs }: Scene): Promise<void> =>
      await configs.putTargetState('c', state)
  const raise = async ({ contexts }: Scene): Promise<void> => contexts.at(-1)?.raiseError(new Error('broken'))
  const restart =
    (onlyFailed: boolean) =>
    async ({ configs }: Scene): Promise<void> =>
      await configs.requestRestart('c', { includeTasks: true, onlyFailed })

  const CASES: readonly [
    what: string,
    steps: readonly ((scene: Scene) => Promise<void>)[],
    calls: string[],
    shown: string | RegExp | undefined,
  ][] = [
    ['a new one', [put('a')], ['start a', 'plan'], 'RUNNING'],
    [
      'another configuration',
      [put('a'), put('b')],
      ['start a', 'plan', 'stop', 'start b', 'plan'],
      'RUNNING',
    ],
    ['the same again', [put('a'), put('a')], ['start a', 'plan', 'plan'], 'RUNNING'],
    ['paused', [put('a'), meant('PAUSED')], ['start a', 'plan', 'stop'], 'PAUSED'],
    [
      'another configuration while paused',
      [put('a'), meant('PAUSED'), put('b')],
      ['start a', 'plan', 'stop'],
      'PAUSED',
    ],
    [
      'resumed',
      [put('a'), meant('PAUSED'), meant('STARTED')],
      ['start a', 'plan', 'stop', 'start a', 'plan'],
      'RUNNING',
    ],
    [
      'stopped, then paused',
      [put('a'), meant('STOPPED'), meant('PAUSED')],
      ['start a', 'plan', 'stop'],
      'PAUSED',
    ],
    ['stopped before it was there', [meant('STOPPED'), put('a')], [], 'STOPPED'],
    ['failed', [put('a'), raise], ['start a', 'plan'], /^FAILED .*broken/],
    [
      'failed, paused and resumed',
      [put('a'), raise, meant('PAUSED'), meant('STARTED')],
      ['start a', 'plan'],
      /^FAILED/,
    ],
    [
      'failed, stopped and resumed',
      [put('a'), raise, meant('STOPPED'), meant('STARTED')],
      ['start a', 'plan', 'stop', 'start a', 'plan'],
      'RUNNING',
    ],
    [
      'failed, then restarted',
      [put('a'), raise, restart(true)],
      ['start a', 'plan', 'stop', 'start a', 'plan'],
      'RUNNING',
    ],
    ['restarted where nothing failed', [put('a'), restart(true)], ['start a', 'plan'], 'RUNNING'],
    [
      'restarted while stopped',
      [put('a'), meant('STOPPED'), restart(false)],
      ['start a', 'plan', 'stop'],
      'STOPPED',
    ],
    [
      'removed',
      [put('a'), async ({ configs }) => await configs.removeConnector('c')],
      ['start a', 'plan', 'stop'],
      undefined,
    ],
    [
      'failed before it was replaced',
      [put('a'), put('b'), async ({ contexts }) => contexts[0]?.raiseError(new Error('broken'))],
      ['start a', 'plan', 'stop', 'start b', 'plan'],
      'RUNNING',
    ],
    [
      'asking a thousand times for tasks',
      [
        put('a'),
        async ({ contexts }) => {
          for (let i = 0; i < 1000; i++) contexts[0]?.requestTaskReconfiguration()
        },
      ],
      ['start a', 'plan', 'plan'],
      'RUNNING',
    ],
    [
      'asking for tasks while paused',
      [put('a'), meant('PAUSED'), async ({ contexts }) => contexts[0]?.requestTaskReconfiguration()],
      ['start a', 'plan', 'stop'],
      'PAUSED',
    ],
  ]
  for (const [what, steps, calls, shown] of CASES) {
    test(`${what}: is as configured, and the same question again changes nothing`, async () => {
      const one = await scene()
      for (const step of steps) {
        await step(one)
        await one.supervisor.settled('c')
      }
      // Statuses of failures are written after a look at what others have written.
      await new Promise(setImmediate)
      assert.deepEqual(one.calls, calls)
      const state = one.shown()
      if (shown instanceof RegExp) assert.match(state ?? '', shown)
      else assert.equal(state, shown)
      for (const change of one.changes.filter((c) => c.restart === undefined))
        one.supervisor.configChanged(change)
      await one.supervisor.settled('c')
      const again = one.calls.slice(calls.length).filter((call) => call !== 'plan')
      assert.deepEqual([again, one.shown()], [[], state])
      await one.supervisor.stop()
    })
  }

  test('a connector that cannot plan its tasks is FAILED, and says why', async () => {
    const one = await scene()
    one.fail.plan = new Error('no plan')
    await put('a')(one)
    await one.supervisor.settled('c')
    await new Promise(setImmediate)
    assert.match(one.shown() ?? '', /^FAILED .*no plan/)
  })

  test('what cannot be written is tried again after a pause; nobody waits for that', async () => {
    const one = await scene()
    await put('a')(one)
    await one.configs.putTasks('c', [{ other: 'tasks' }])
    one.fail.write = new Error('Kafka is away')
    one.contexts[0]?.requestTaskReconfiguration()
    await one.supervisor.settled('c')
    await new Promise(setImmediate)
    assert.deepEqual(one.pauses, [1_000])
    assert.deepEqual(one.configs.state.taskIds('c'), [])
  })

  test('after its stop nothing runs, and nothing is started again', async () => {
    const one = await scene()
    await put('a')(one)
    await one.supervisor.settled('c')
    await one.supervisor.stop()
    await put('b')(one)
    await one.supervisor.settled('c')
    assert.deepEqual([one.calls, one.shown()], [['start a', 'plan', 'stop'], 'UNASSIGNED'])
  })
})
