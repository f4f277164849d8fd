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
import type { KafkaClient, Producer } from '@spillway/api'
import { platformaticClient } from '@spillway/kafka'

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
    case 'count-eos':
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

const [workload = '', application = '', servers = '', stateDir = '', prefix = '', commitInterval = ''] =
  process.argv.slice(2)
const isExact = workload === 'count-eos'
/** From the first offset of a transaction to its end, ms. */
const commitMs: number[] = []
const client = isExact ? timed(platformaticClient({ bootstrapServers: [servers] })) : undefined
const config = {
  'application.id': application,
  'bootstrap.servers': servers,
  'state.dir': stateDir,
  'commit.interval.ms': commitInterval,
  'statestore.cache.max.bytes': workload === 'count-cached' ? 10_485_760 : 0,
  'replication.factor': 1,
  ...(isExact ? { 'processing.guarantee': 'exactly_once_v2' } : {}),
}
const streams = new KafkaStreams(topology(workload, prefix), config, client === undefined ? {} : { client })
process.once('SIGTERM', () => {
  commitMs.sort((a, b) => a - b)
  const at = (share: number): string => (commitMs[Math.floor(commitMs.length * share)] ?? 0).toFixed(1)
  if (isExact)
    console.error(`# ours: ${commitMs.length} commits of ${at(0.5)} ms in the median, ${at(0.99)} ms at 99 %`)
  void streams.close()
})
await streams.start()
await streams.ended()

/** Tells how long the ends of its transactions take. */
function timed(whole: KafkaClient): KafkaClient {
  const producer = (made: Producer): Producer => {
    let from = 0
    return proxied(made, {
      sendOffsetsToTransaction: async (offsets, group) => {
        from = performance.now()
        await made.sendOffsetsToTransaction(offsets, group)
      },
      commitTransaction: async () => {
        await made.commitTransaction()
        if (from > 0) commitMs.push(performance.now() - from)
        from = 0
      },
    })
  }
  return proxied(whole, { producer: (options) => producer(whole.producer(options)) })
}

function proxied<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get: (_target, key) => {
      const own = (methods as Record<PropertyKey, unknown>)[key]
      if (own !== undefined) return own
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
