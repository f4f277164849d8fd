import { KafkaUnavailableError } from '../../../framework/api/src/kafka/kafka-errors.ts'
import type { Connect, Connections } from '../../../framework/kafka/src/client/cluster/connections.ts'

/** Kafka's API keys of the requests that a transaction is made of. */
export const API = {
  produce: 0,
  findCoordinator: 10,
  initProducerId: 22,
  addPartitionsToTxn: 24,
  addOffsetsToTxn: 25,
  endTxn: 26,
  txnOffsetCommit: 28,
} as const

/** Request by request what goes wrong between a client and the brokers. */
export interface Faults {
  /** API keys in the order sent. */
  readonly sent: number[]
  /** Asked before each request; the request goes out by `send`. */
  meddle(key: number, send: () => Promise<unknown>, args: readonly unknown[]): Promise<unknown>
}

export const faultless: Faults['meddle'] = (_key, send) => send()

/** The connections of a library to real brokers, with faults in between. */
export function faulty(connect: Connect, faults: Faults): Connect {
  return (clientId, options): Connections => {
    const inner = connect(clientId, options)
    const through = async <T>(key: number, args: readonly unknown[], send: () => Promise<T>): Promise<T> =>
      (await faults.meddle(
        key,
        () => {
          faults.sent.push(key)
          return send()
        },
        args,
      )) as T
    return {
      request: (broker, lane, api, args) =>
        through(api.key, args, () => inner.request(broker, lane, api, args)),
      fetch: (...args) => inner.fetch(...args),
      produce: (...args) => through(API.produce, args, () => inner.produce(...args)),
      close: () => inner.close(),
    }
  }
}

/** The connection breaks once, before the request has gone out or before its answer has come. */
export function losing(wanted: number, what: 'request' | 'answer'): Faults['meddle'] {
  let isDone = false
  return async (key, send) => {
    if (isDone || key !== wanted) return send()
    isDone = true
    if (what === 'answer') await send()
    throw new KafkaUnavailableError('the connection is lost')
  }
}

const NOT_COORDINATOR = 16

/** The first request of a kind comes to a broker that has given the coordination away. */
export function movingCoordinator(wanted: number): Faults['meddle'] {
  let isDone = false
  return (key, send, args) => {
    if (isDone || key !== wanted) return send()
    isDone = true
    const topics = args[7] as readonly { partitions: readonly object[] }[] | undefined
    return Promise.resolve({
      errorCode: NOT_COORDINATOR,
      topics: topics?.map((topic) => ({
        ...topic,
        partitions: topic.partitions.map((one) => ({ ...one, errorCode: NOT_COORDINATOR })),
      })),
    })
  }
}
