import type { ProducerRecord } from '../../framework/src/kafka/port.ts'

const CITIES = ['Seoul', 'Berlin', 'Lyon', 'Austin', 'Osaka', 'Porto', 'Turin', 'Leeds'] as const

/** The order of all benchmarks: about 190 bytes of JSON. */
export function orderText(i: number, customer = (i * 7919) % 50_000): string {
  const city = CITIES[i % CITIES.length] ?? ''
  return JSON.stringify({
    id: 1_000_000 + i,
    customer: `customer-${customer}`,
    city,
    amount: ((i * 37) % 10_000) / 100,
    currency: 'EUR',
    items: [(i % 7) + 1, (i % 11) + 1],
    paid: i % 3 === 0,
    note: 'leave it at the door',
    createdAt: 1_700_000_000_000 + i * 10,
  })
}

/** `count` orders, evenly over the partitions and, in each, over `customers` where that is given. */
export function* orderRecords(
  topic: string,
  count: number,
  partitions: number,
  customers?: number,
): Iterable<ProducerRecord> {
  for (let i = 0; i < count; i++) {
    yield {
      topic,
      partition: i % partitions,
      value: Buffer.from(
        customers === undefined ? orderText(i) : orderText(i, Math.floor(i / partitions) % customers),
      ),
      timestamp: 1_700_000_000_000 + i * 10,
    }
  }
}
