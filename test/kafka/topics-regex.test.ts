import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-regex-'))
const prefix = uniqueName('regex')
const file = join(folder, 'out.txt')
let worker: WorkerProcess

const send = async (name: string, value: string): Promise<void> =>
  await produce([{ topic: `${prefix}-${name}`, partition: 0, value: Buffer.from(value) }])
const lines = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [])
const config = {
  'connector.class': 'FileStreamSink',
  file,
  'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
}

before(async () => {
  worker = await WorkerProcess.start()
})
after(async () => {
  await worker.dispose()
  rmSync(folder, { recursive: true, force: true })
})

suite('topics.regex', () => {
  test('takes up topics that match by Java’s rules, those that come later too, and no others', async () => {
    for (const name of ['orders-1', 'Orders-2', 'orders-x']) await createTopic(`${prefix}-${name}`)
    const reply = await worker.rest('POST', '/connectors', {
      name: 'by-pattern',
      config: {
        ...config,
        // A named group, a POSIX class and a possessive quantifier: none of them is JavaScript's.
        'topics.regex': `${prefix}-(?<kind>\\p{Lower}++)-\\p{Digit}+`,
        'consumer.override.metadata.max.age.ms': '500',
      },
    })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    await send('Orders-2', 'not this')
    await send('orders-x', 'nor this')
    await send('orders-1', 'first')
    await until('the record of the first topic', () => lines().includes('first'))
    await createTopic(`${prefix}-returns-7`)
    await send('returns-7', 'later')
    await until('the record of a topic that came later', () => lines().includes('later'))
    assert.deepEqual(lines(), ['first', 'later'])
    const { body } = await worker.rest('GET', '/connectors/by-pattern/topics')
    assert.deepEqual((body as { 'by-pattern': { topics: string[] } })['by-pattern'].topics.toSorted(), [
      `${prefix}-orders-1`,
      `${prefix}-returns-7`,
    ])
  })

  test('that is no regular expression is refused in Java’s words; one that matches its own dead letter queue too', async () => {
    const messageOf = async (more: Record<string, string>): Promise<string> => {
      const reply = await worker.rest('POST', '/connectors', {
        name: 'wrong',
        config: { ...config, ...more },
      })
      assert.equal(reply.status, 400)
      return (reply.body as { message: string }).message
    }
    assert.match(
      await messageOf({ 'topics.regex': 'a[' }),
      /topics\.regex: Invalid regex: Unclosed character class/,
    )
    assert.match(
      await messageOf({
        'topics.regex': '\\p{Lower}+',
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': 'letters',
      }),
      /The DLQ topic 'letters' may not be matched by the regex/,
    )
  })
})
