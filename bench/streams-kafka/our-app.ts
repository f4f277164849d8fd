/** Runs one workload of bench/streams.bench.ts on Kafka until it is stopped. */
import {
  Consumed,
  Grouped,
  JoinWindows,
  Joined,
  KafkaStreams,
  Materialized,
  Produced,
  Repartitioned,
  Serdes,
  StreamJoined,
  StreamsBuilder,
  TimeWindows,
  type Topology,
} from '@spillway/streams'

interface Order {
  readonly id: number
  readonly customer: string
  readonly city: string
  readonly amount: number
  readonly paid: boolean
}

function topology(workload: string, prefix: string): Topology {
  const builder = new StreamsBuilder()
  const string = Serdes.string()
  const orders = builder.stream(`${prefix}orders`, Consumed.with<string, Order>(string, Serdes.json<Order>()))
  const out = `${prefix}out`
  const grouped = Grouped.with<string, Order>(string, Serdes.json<Order>())
  const json = Produced.with<string, unknown>(string, Serdes.json())
  switch (workload) {
    case 'stateless':
      orders
        .filter((_key, order) => order.paid)
        .mapValues(({ id, customer, amount }): unknown => ({ id, customer, amount }))
        .to(out, json)
      break
    case 're-key':
      orders
        .selectKey((_key, order) => order.city)
        .repartition(
          Repartitioned.as<string, Order>('by-city')
            .withKeySerde(string)
            .withValueSerde(Serdes.json<Order>()),
        )
        .filter((_key, order) => order.paid)
        .to(out, Produced.with<string, Order>(string, Serdes.json<Order>()))
      break
    case 'count':
    case 'count-cached':
      orders
        .groupByKey(grouped)
        .count(Materialized.as<string, bigint>('counts'))
        .toStream()
        .to(out, Produced.with(string, Serdes.long()))
      break
    case 'tumbling':
      orders
        .groupByKey(grouped)
        .windowedBy(TimeWindows.ofSizeWithNoGrace(60_000))
        .aggregate(
          () => 0n,
          (_key, _order, sum) => sum + 1n,
          Materialized.as<string, bigint>('sums').withValueSerde(Serdes.long()),
        )
        .toStream((windowed) => `${windowed.key}@${windowed.window.start}`)
        .to(out, Produced.with(string, Serdes.long()))
      break
    case 'table-join':
      orders
        .join(
          builder.table(
            `${prefix}customers`,
            Consumed.with<string, string>(string, string),
            Materialized.as<string, string>('customers'),
          ),
          (order, name): unknown => ({ id: order.id, name }),
          Joined.with<string, Order, string>(string, Serdes.json<Order>(), string),
        )
        .to(out, json)
      break
    case 'stream-join':
      orders
        .join(
          builder.stream(`${prefix}payments`, Consumed.with<string, Order>(string, Serdes.json<Order>())),
          (left, right): unknown => ({ order: left.id, payment: right.id }),
          JoinWindows.ofTimeDifferenceWithNoGrace(10_000),
          StreamJoined.with<string, Order, Order>(string, Serdes.json<Order>(), Serdes.json<Order>())
            .withName('pay')
            .withStoreName('pay'),
        )
        .to(out, json)
      break
    default:
      throw new Error(`no workload ${workload}`)
  }
  return builder.build()
}

const [workload = '', application = '', servers = '', stateDir = '', prefix = '', commitMs = ''] =
  process.argv.slice(2)
const streams = new KafkaStreams(topology(workload, prefix), {
  'application.id': application,
  'bootstrap.servers': servers,
  'state.dir': stateDir,
  'commit.interval.ms': commitMs,
  'statestore.cache.max.bytes': workload === 'count-cached' ? 10_485_760 : 0,
  'replication.factor': 1,
})
process.once('SIGTERM', () => void streams.close())
await streams.start()
await streams.ended()
