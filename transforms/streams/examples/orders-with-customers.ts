/**
 * Orders joined with the customers who placed them, and each customer's total.
 * `node transforms/streams/examples/orders-with-customers.ts`
 */
import type { Topology } from '@spillway/streams'
import {
  Consumed,
  Grouped,
  Joined,
  Materialized,
  Produced,
  Serdes,
  StreamsBuilder,
  TopologyTestDriver,
} from '@spillway/streams'

export interface Order {
  readonly id: number
  readonly customer: string
  readonly cents: number
}

export interface Customer {
  readonly name: string
  readonly country: string
}

export interface Delivery {
  readonly order: number
  readonly name: string
  readonly country: string | null
  readonly cents: number
}

export const orderSerde = Serdes.json<Order>()
export const customerSerde = Serdes.json<Customer>()
export const deliverySerde = Serdes.json<Delivery>()

export function ordersWithCustomers(): Topology {
  const builder = new StreamsBuilder()
  const customers = builder.table(
    'customers',
    Consumed.with(Serdes.string(), customerSerde),
    Materialized.as<string, Customer>('customers-store'),
  )
  const deliveries = builder
    .stream('orders', Consumed.with(Serdes.string(), orderSerde))
    // Orders are keyed by their own id: the join needs them by customer, so they go through a repartition topic.
    .selectKey((_id, order) => order.customer)
    .leftJoin(
      customers,
      (order, customer): Delivery => ({
        order: order.id,
        name: customer?.name ?? 'unknown',
        country: customer?.country ?? null,
        cents: order.cents,
      }),
      Joined.with(Serdes.string(), orderSerde, customerSerde),
    )
  deliveries.to('deliveries', Produced.with(Serdes.string(), deliverySerde))
  deliveries
    .groupByKey(Grouped.with(Serdes.string(), deliverySerde))
    .aggregate(
      () => 0n,
      (_customer, delivery, total) => total + BigInt(delivery.cents),
      Materialized.as<string, bigint>('totals').withValueSerde(Serdes.int64()),
    )
    .toStream()
    .to('totals', Produced.with(Serdes.string(), Serdes.int64()))
  return builder.build()
}

if (import.meta.main) {
  using driver = new TopologyTestDriver(ordersWithCustomers())
  const customers = driver.createInputTopic('customers', Serdes.string(), customerSerde)
  const orders = driver.createInputTopic('orders', Serdes.string(), orderSerde)
  const deliveries = driver.createOutputTopic('deliveries', Serdes.string(), deliverySerde)
  customers.pipeInput('ada', { name: 'Ada', country: 'UK' })
  orders.pipeInput('1', { id: 1, customer: 'ada', cents: 1250 })
  orders.pipeInput('2', { id: 2, customer: 'bob', cents: 990 })
  orders.pipeInput('3', { id: 3, customer: 'ada', cents: 310 })
  for (const delivery of deliveries.readValuesToList()) console.log(delivery)
  console.log('Ada spent', driver.getKeyValueStore<string, bigint>('totals')?.get('ada'))
}
