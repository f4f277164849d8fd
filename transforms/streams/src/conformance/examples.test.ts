import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { clickSerde, clickstreamSessions, sessionSerde } from '../../examples/clickstream-sessions.ts'
import {
  customerSerde,
  deliverySerde,
  orderSerde,
  ordersWithCustomers,
} from '../../examples/orders-with-customers.ts'
import { wordCount } from '../../examples/word-count.ts'
import { Serdes, TopologyTestDriver } from '../index.ts'

const minute = 60_000

/** Runs an example as its reader would. */
function run(name: string): string {
  const file = join(import.meta.dirname, '../../examples', `${name}.ts`)
  return execFileSync(process.execPath, ['--conditions=development', file], { encoding: 'utf8' })
}

describe('examples of the streams guide', () => {
  test('word count counts words without regard to case', () => {
    using driver = new TopologyTestDriver(wordCount(), {}, 0)
    const lines = driver.createInputTopic('lines', Serdes.string(), Serdes.string())
    const counts = driver.createOutputTopic('word-counts', Serdes.string(), Serdes.int64())
    lines.pipeInput('1', 'The sea, the sea!')
    assert.deepEqual(
      counts.readKeyValuesToList().map(({ key, value }) => [key, value]),
      [
        ['the', 1n],
        ['sea', 1n],
        ['the', 2n],
        ['sea', 2n],
      ],
    )
  })

  test('orders get the customer of the time, unknown ones too, and totals per customer', () => {
    using driver = new TopologyTestDriver(ordersWithCustomers(), {}, 0)
    const customers = driver.createInputTopic('customers', Serdes.string(), customerSerde)
    const orders = driver.createInputTopic('orders', Serdes.string(), orderSerde)
    const deliveries = driver.createOutputTopic('deliveries', Serdes.string(), deliverySerde)
    orders.pipeInput('1', { id: 1, customer: 'ada', cents: 100 })
    customers.pipeInput('ada', { name: 'Ada', country: 'UK' })
    orders.pipeInput('2', { id: 2, customer: 'ada', cents: 250 })
    assert.deepEqual(deliveries.readValuesToList(), [
      { order: 1, name: 'unknown', country: null, cents: 100 },
      { order: 2, name: 'Ada', country: 'UK', cents: 250 },
    ])
    assert.equal(driver.getKeyValueStore<string, bigint>('totals')?.get('ada'), 350n)
  })

  test('a session of clicks comes out once, when it is closed', () => {
    using driver = new TopologyTestDriver(clickstreamSessions(), {}, 0)
    const clicks = driver.createInputTopic('clicks', Serdes.string(), clickSerde)
    const sessions = driver.createOutputTopic('sessions', Serdes.string(), sessionSerde)
    clicks.pipeInput('ada', { page: '/a' }, 0)
    clicks.pipeInput('ada', { page: '/c' }, 25 * minute)
    clicks.pipeInput('ada', { page: '/b' }, 10 * minute)
    assert.ok(sessions.isEmpty())
    clicks.pipeInput('bob', { page: '/' }, 61 * minute)
    const ada = { visitor: 'ada', start: 0, end: 25 * minute, pages: ['/a', '/c', '/b'] }
    assert.deepEqual(sessions.readValuesToList(), [ada])
  })

  const printed = {
    'word-count': /sea: 2/,
    'orders-with-customers': /Ada spent 1560n/,
    'clickstream-sessions': /'\/shoes'/,
  }
  for (const [name, expected] of Object.entries(printed)) {
    test(`${name} runs by itself`, () => assert.match(run(name), expected))
  }
})
