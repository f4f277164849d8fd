import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { PrivateStack } from '../../stack/private-stack.ts'
import { envOf } from '../../stack/stack.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { counting } from './counting.ts'
import { LogOfTest, StateFolder, appConfig, newest, readUntil, startApp, textRecords } from './kafka-app.ts'

const awayMs = process.env['SPILLWAY_LONG'] === '1' ? 90_000 : 4_000
const keys = Array.from({ length: 1_000 }, (_, i) => `key-${i}`)

test(`an application goes on after its brokers were away for ${awayMs} ms, in memory that does not grow`, async (t) => {
  await using stack = await PrivateStack.create()
  await stack.start(['kafka'])
  // All helpers of this file's process go there.
  const { SPILLWAY_STACK_DIR: _dir, ...ports } = envOf(stack.settings)
  Object.assign(process.env, ports)
  using folder = new StateFolder()
  const [input, output] = [uniqueName('away-in'), uniqueName('away-out')]
  await createTopic(input, 4)
  await createTopic(output, 2)
  const log = new LogOfTest()
  const config = appConfig(folder.path, { 'num.stream.threads': 2, 'request.timeout.ms': 5_000 })
  await using _app = await startApp(counting(input, output), config, log)
  const round = () =>
    produce(
      textRecords(
        input,
        keys.map((key) => [key, 'x'] as const),
      ),
    )
  const counted = (least: number) =>
    readUntil(output, (found) => {
      const table = newest(found)
      return keys.every((key) => Number(table.get(key)) >= least)
    })
  await round()
  await counted(1)
  // Some of these are processed, and not committed, when the broker goes.
  await round()
  await stack.stop(['kafka'])
  const [before, lines] = [process.memoryUsage(), log.lines.length]
  await delay(awayMs)
  const after = process.memoryUsage()
  t.diagnostic(
    `memory while away: rss ${mib(before.rss)} -> ${mib(after.rss)}, heap ${mib(before.heapUsed)} -> ${mib(after.heapUsed)} MiB; ` +
      `${log.lines.length - lines} log lines`,
  )
  assert.ok(after.rss - before.rss < 128 * 2 ** 20, 'memory is flat')
  const told = log.lines.slice(lines)
  assert.ok(told.length < 200, 'the log is not flooded')
  // It speaks every ten seconds.
  assert.ok(
    awayMs < 20_000 ||
      told.some((line) => /StreamThread-\d: Kafka does not answer as it should since/.test(line)),
    told.join('\n'),
  )
  await stack.start(['kafka'])
  const back = Date.now()
  await round()
  await counted(3)
  t.diagnostic(`all counts ${Date.now() - back} ms after the broker is back`)
  assert.doesNotMatch(log.lines.join('\n'), /died/)
})

function mib(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}
