/**
 * Compiled, never run: key and value types flow through the operators, and wrong ones do not compile.
 * Each `@ts-expect-error` is a mistake that the types must catch.
 */
import type {
  BranchedKStream,
  GlobalKTable,
  KGroupedStream,
  KGroupedTable,
  KStream,
  KTable,
} from './index.ts'
import type { Windowed } from './index.ts'
import {
  Consumed,
  Grouped,
  JoinWindows,
  Joined,
  KeyValue,
  Materialized,
  Produced,
  Repartitioned,
  Serdes,
  SessionWindows,
  SlidingWindows,
  StreamJoined,
  StreamsBuilder,
  Suppressed,
  TimeWindows,
  TopologyTestDriver,
} from './index.ts'

interface Order {
  readonly customer: string
  readonly amount: number
}
interface Customer {
  readonly name: string
}

/** Exactly the same type: neither wider nor narrower. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? A : never
/** Compiles only if the argument's type is T itself. */
const is = <T>() => ({ of: <A extends T>(_value: Same<A, T>): void => {} })

const builder = new StreamsBuilder()
const json = Serdes.json<Order>()
const orders = builder.stream('orders', Consumed.with(Serdes.string(), json))
const customers = builder.table('customers', Consumed.with(Serdes.string(), Serdes.json<Customer>()))
const everywhere = builder.globalTable('countries', Consumed.with(Serdes.int64(), Serdes.string()))
const numbered = builder.stream('numbered', Consumed.with(Serdes.int64(), json))
const numberedTable = builder.table('numbered-table', Consumed.with(Serdes.int64(), Serdes.string()))
const windows = JoinWindows.ofTimeDifferenceWithNoGrace(1000)

/** Sources take their types from the serdes. */
export function sources(): void {
  is<KStream<string, Order>>().of(orders)
  is<KTable<string, Customer>>().of(customers)
  is<GlobalKTable<bigint, string>>().of(everywhere)
}

/** Operators on records one by one. */
export function statelessOperators(): void {
  is<KStream<string, Order>>().of(orders.filter((key: string, order: Order) => order.customer === key))
  is<KStream<number, Order>>().of(orders.selectKey((_key, order) => order.amount))
  is<KStream<string, number>>().of(orders.mapValues((order) => order.amount))
  is<KStream<number, string>>().of(orders.map((key, order) => KeyValue.pair(order.amount, key)))
  is<KStream<number, string>>().of(orders.map((key, order) => [order.amount, key]))
  is<KStream<number, string>>().of(orders.flatMap((key, order) => [KeyValue.pair(order.amount, key)]))
  is<KStream<string, string>>().of(orders.flatMapValues((order) => [order.customer]))
  is<KStream<string, Order>>().of(orders.merge(orders))
  is<KStream<string, Order>>().of(orders.repartition(Repartitioned.with(Serdes.string(), json)))
  is<BranchedKStream<string, Order>>().of(orders.split())
  is<KTable<string, Order>>().of(orders.toTable())
  // @ts-expect-error a record has no such member
  orders.filter((_key, order) => order.total > 1)
  // @ts-expect-error a predicate gives a boolean
  orders.filter((_key, order) => order.customer)
  // @ts-expect-error the value is a number by now
  orders.mapValues((order) => order.amount).filter((_key, amount) => amount.startsWith('1'))
  // @ts-expect-error the key is a number by now
  orders.selectKey((_key, order) => order.amount).filter((key: string) => key === '')
  // @ts-expect-error many values, not one
  orders.flatMapValues((order) => order.amount)
  // @ts-expect-error streams of different key types do not merge
  orders.merge(numbered)
  // @ts-expect-error a repartition topic has the serdes of its stream
  orders.repartition(Repartitioned.with(Serdes.int64(), json))
}

/** Sinks and serdes. */
export function sinks(): void {
  orders.to('out', Produced.with(Serdes.string(), json))
  orders.mapValues((order) => BigInt(order.amount)).to('out', Produced.with(Serdes.string(), Serdes.int64()))
  // @ts-expect-error the values are orders
  orders.to('out', Produced.with(Serdes.string(), Serdes.string()))
  // @ts-expect-error the keys are strings
  orders.to('out', Produced.with(Serdes.int64(), json))
  orders.to('out', Produced.valueSerde(json))
  // @ts-expect-error the values are numbers by now
  orders.mapValues((order) => order.amount).to('out', Produced.valueSerde(json))
  // @ts-expect-error a topic is found by key and value
  orders.to((key: bigint) => String(key))
  // @ts-expect-error a source needs a serde of keys and one of values
  Consumed.with(Serdes.string(), 'json')
}

/** Aggregations of streams. */
export function aggregations(): void {
  const grouped = orders.groupByKey(Grouped.with(Serdes.string(), json))
  const sum = (_key: string, order: Order, total: number): number => total + order.amount
  is<KGroupedStream<string, Order>>().of(grouped)
  is<KGroupedStream<number, Order>>().of(orders.groupBy((_key, order) => order.amount))
  is<KTable<string, bigint>>().of(grouped.count())
  is<KTable<string, Order>>().of(grouped.reduce((a, b) => (a.amount > b.amount ? a : b)))
  is<KTable<string, number>>().of(grouped.aggregate(() => 0, sum))
  is<KTable<string, number>>().of(grouped.cogroup(sum).aggregate(() => 0))
  // @ts-expect-error an aggregate needs an initializer
  grouped.aggregate(sum)
  // @ts-expect-error the initializer gives what the aggregator adds to
  grouped.aggregate(() => 'none', sum)
  // @ts-expect-error a reducer keeps the type of the values
  grouped.reduce((a, b) => a.amount + b.amount)
  // @ts-expect-error counts are bigint
  grouped.count(Materialized.with(Serdes.string(), Serdes.double()))
  // @ts-expect-error the group is of orders by string
  orders.groupByKey(Grouped.with(Serdes.int64(), json))
  // @ts-expect-error an aggregate of cogrouped streams needs an initializer
  grouped.cogroup(sum).aggregate()
}

/** Windowed aggregations. */
export function windowed(): void {
  const grouped = orders.groupByKey()
  const sum = (_key: string, order: Order, total: number): number => total + order.amount
  const minutes = grouped.windowedBy(TimeWindows.ofSizeWithNoGrace(60_000))
  is<KTable<Windowed<string>, bigint>>().of(minutes.count())
  is<KTable<Windowed<string>, number>>().of(minutes.aggregate(() => 0, sum))
  is<KTable<Windowed<string>, bigint>>().of(
    minutes.count().suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded())),
  )
  is<KStream<Windowed<string>, bigint>>().of(minutes.count().toStream())
  is<KStream<string, bigint>>().of(minutes.count().toStream(({ key }) => key))
  const sliding = grouped.windowedBy(SlidingWindows.ofTimeDifferenceWithNoGrace(10))
  is<KTable<Windowed<string>, Order>>().of(sliding.reduce((_a, b) => b))
  const sessions = grouped.windowedBy(SessionWindows.ofInactivityGapWithNoGrace(10))
  is<KTable<Windowed<string>, number>>().of(
    sessions.aggregate(
      () => 0,
      sum,
      (_key, a, b) => a + b,
    ),
  )
  // @ts-expect-error sessions merge: a merger is needed
  sessions.aggregate(() => 0, sum)
  // @ts-expect-error an aggregate needs an initializer
  minutes.aggregate(sum)
  // @ts-expect-error only finite or suppressible windows group a stream
  grouped.windowedBy(windows)
  // @ts-expect-error a windowed key is not a string
  minutes.count().toStream().to('out', Produced.with(Serdes.string(), Serdes.int64()))
}

/** Joins. */
export function joins(): void {
  const pair = (order: Order, other: Order): number => order.amount - other.amount
  is<KStream<string, number>>().of(orders.join(orders, pair, windows))
  is<KStream<string, string | null>>().of(
    orders.leftJoin(customers, (_order, customer) => customer?.name ?? null),
  )
  is<KStream<string, string>>().of(orders.join(customers, (_order, customer) => customer.name))
  is<KStream<string, string>>().of(
    orders.join(
      everywhere,
      (_key, order) => BigInt(order.amount),
      (order, country) => order.customer + country,
    ),
  )
  is<KTable<string, string>>().of(customers.join(customers, (left, right) => left.name + right.name))
  is<KTable<string, string>>().of(
    customers.join(
      numberedTable,
      (customer) => BigInt(customer.name.length),
      (customer, text) => customer.name + text,
    ),
  )
  // @ts-expect-error streams of different key types do not join
  orders.join(numbered, pair, windows)
  // @ts-expect-error a stream join has windows
  orders.join(orders, pair)
  // @ts-expect-error a stream and a table of different key types do not join
  orders.join(numberedTable, (order, text) => order.customer + text)
  // @ts-expect-error tables of different key types do not join
  customers.join(numberedTable, (customer, text) => customer.name + text)
  orders.join(
    everywhere,
    // @ts-expect-error the mapper gives a key of the global table
    (_key, order) => order.customer,
    (order, country) => order.customer + country,
  )
  customers.join(
    numberedTable,
    // @ts-expect-error the foreign key is a key of the other table
    (customer) => customer.name,
    (customer, text) => customer.name + text,
  )
  // @ts-expect-error a left join may have no partner
  orders.leftJoin(customers, (_order, customer) => customer.name)
  // @ts-expect-error both sides of an outer join may be missing
  orders.outerJoin(orders, (order, other) => order.amount + (other?.amount ?? 0), windows)
  // @ts-expect-error serdes are of the key, this value, the other value
  orders.join(orders, pair, windows, StreamJoined.with(Serdes.string(), json, Serdes.string()))
  // @ts-expect-error as above, at a table
  orders.join(customers, (order) => order, Joined.with(Serdes.int64(), json, Serdes.json<Customer>()))
}

/** Tables. */
export function tables(): void {
  const byName = customers.groupBy((key, customer) => KeyValue.pair(customer.name, key))
  is<KTable<string, Customer>>().of(customers.filter((_key, customer) => customer.name !== ''))
  is<KTable<string, number>>().of(customers.mapValues((customer) => customer.name.length))
  is<KGroupedTable<string, string>>().of(byName)
  is<KTable<string, bigint>>().of(byName.count())
  is<KTable<string, string[]>>().of(
    byName.aggregate(
      (): string[] => [],
      (_name, key, keys) => [...keys, key],
      (_name, key, keys) => keys.filter((other) => other !== key),
    ),
  )
  is<KTable<string, string>>().of(
    byName.reduce(
      (a, b) => a + b,
      (a) => a,
    ),
  )
  // @ts-expect-error a table's aggregate needs a subtractor
  byName.aggregate(
    (): string[] => [],
    (_name, key, keys) => [...keys, key],
  )
  // @ts-expect-error a table's reduce needs a subtractor
  byName.reduce((a, b) => a + b)
  // @ts-expect-error a store keeps what the table has
  customers.mapValues((customer) => customer.name, Materialized.with(Serdes.string(), Serdes.int64()))
}

/** The Processor API. */
export function processors(): void {
  is<KStream<bigint, string>>().of(
    orders.process<bigint, string>(() => ({
      init(context) {
        // @ts-expect-error forwarded records have the new types
        context.forward({ key: 'a', value: 'b', timestamp: 0 })
      },
      process(record) {
        is<Order>().of(record.value)
        is<string>().of(record.key)
      },
    })),
  )
}

/** Test topics. */
export function driver(): void {
  using run = new TopologyTestDriver(builder.build())
  const input = run.createInputTopic('orders', Serdes.string(), json)
  const output = run.createOutputTopic('out', Serdes.string(), Serdes.int64())
  input.pipeInput('a', { customer: 'a', amount: 1 })
  const { value } = output.readRecord()
  is<bigint | null>().of(value)
  // @ts-expect-error not an order
  input.pipeInput('a', { customer: 'a' })
  // @ts-expect-error the key is a string
  input.pipeInput(1n, { customer: 'a', amount: 1 })
}
