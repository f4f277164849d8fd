import type { ProducerRecord } from '../../framework/api/src/kafka/port.ts'

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

const SCHEMA = JSON.stringify({
  type: 'struct',
  name: 'order',
  optional: false,
  fields: [
    { field: 'id', type: 'int64', optional: false },
    { field: 'customer', type: 'string', optional: false },
    { field: 'city', type: 'string', optional: false },
    { field: 'amount', type: 'double', optional: false },
    { field: 'currency', type: 'string', optional: false },
    { field: 'items', type: 'array', items: { type: 'int32', optional: false }, optional: false },
    { field: 'paid', type: 'boolean', optional: false },
    { field: 'note', type: 'string', optional: false },
    { field: 'createdAt', type: 'int64', optional: false, name: 'org.apache.kafka.connect.data.Timestamp' },
  ],
})

/** The same records with their schema beside them, as JsonConverter with `schemas.enable=true` reads them. */
export function* inEnvelopes(records: Iterable<ProducerRecord>): Iterable<ProducerRecord> {
  for (const record of records) {
    const payload = String(record.value)
    yield { ...record, value: Buffer.from(`{"schema":${SCHEMA},"payload":${payload}}`) }
  }
}
