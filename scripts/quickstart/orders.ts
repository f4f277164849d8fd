import type { ProducerRecord } from '../../framework/api/src/kafka/port.ts'

const COUNTRIES = ['DE', 'FR', 'KR', 'US'] as const
const ITEMS = [
  { sku: 'TEA-100', name: 'Green tea, 100 g', price: 12.5 },
  { sku: 'POT-01', name: 'Teapot', price: 49 },
  { sku: 'CUP-04', name: 'Cups, set of four', price: 31.9 },
  { sku: 'TIN-22', name: 'Storage tin', price: 8.4 },
] as const
const STATES = ['created', 'paid', 'shipped', 'delivered'] as const

/** An order as a shop's checkout would publish it; the same number gives the same order. */
export interface Order {
  readonly orderId: string
  readonly customerId: number
  readonly country: string
  readonly status: string
  readonly items: readonly {
    readonly sku: string
    readonly name: string
    readonly quantity: number
    readonly price: number
  }[]
  readonly total: number
  readonly createdAt: string
}

export function orderOf(n: number, now: number): Order {
  const quantity = 1 + (n % 3)
  const item = pick(ITEMS, n * 7 + (n >> 3))
  return {
    orderId: `o-${String(n).padStart(6, '0')}`,
    customerId: 1000 + ((n * 7919) % 500),
    country: pick(COUNTRIES, n * 13 + (n >> 2)),
    status: pick(STATES, n),
    items: [{ sku: item.sku, name: item.name, quantity, price: item.price }],
    total: Math.round(item.price * quantity * 100) / 100,
    createdAt: new Date(now).toISOString(),
  }
}

/** Orders keyed by customer, so that those of one customer stay in order. */
export function orderRecords(topic: string, from: number, count: number): ProducerRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const order = orderOf(from + i, Date.now())
    return { topic, key: Buffer.from(String(order.customerId)), value: Buffer.from(JSON.stringify(order)) }
  })
}

function pick<T>(from: readonly T[], n: number): T {
  return from[n % from.length] as T
}
