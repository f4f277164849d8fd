import type { ProducerRecord } from '../../framework/src/kafka/port.ts'

const CITIES = ['Seoul', 'Berlin', 'Lyon', 'Austin', 'Osaka', 'Porto', 'Turin', 'Leeds'] as const

/** The order of all benchmarks: about 190 bytes of JSON. */
export function orderText(i: number): string {
  const city = CITIES[i % CITIES.length] ?? ''
  return JSON.stringify({
    id: 1_000_000 + i,
    customer: `customer-${(i * 7919) % 50_000}`,
    city,
    amount: ((i * 37) % 10_000) / 100,
    currency: 'EUR',
    items: [(i % 7) + 1, (i % 11) + 1],
    paid: i % 3 === 0,
    note: 'leave it at the door',
    createdAt: 1_700_000_000_000 + i * 10,
  })
}

/** `count` orders, evenly over the partitions. */
export function* orderRecords(topic: string, count: number, partitions: number): Iterable<ProducerRecord> {
  for (let i = 0; i < count; i++) {
    yield {
      topic,
      partition: i % partitions,
      value: Buffer.from(orderText(i)),
      timestamp: 1_700_000_000_000 + i * 10,
    }
  }
}
