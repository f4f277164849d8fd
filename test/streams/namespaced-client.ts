import type {
  Admin,
  AssignorCluster,
  AssignorMember,
  Consumer,
  ConsumerOptions,
  ConsumerRecord,
  KafkaClient,
  PartitionAssignor,
  Producer,
  ProducerOptions,
  RebalanceListener,
  Subscription,
  TopicPartition,
} from '../../framework/api/src/kafka/port.ts'

/**
 * A part of the cluster as if it were all of it: topics and groups are known here without the prefix that they have on the
 * broker. So many applications of one name, with topics of the same names, run beside each other.
 */
export class NamespacedClient implements KafkaClient {
  readonly name: string
  readonly #client: KafkaClient
  readonly #names: Names
  readonly #joined: (generation: number) => void

  /** @param joined told of each generation of a group that a consumer comes to belong to */
  constructor(client: KafkaClient, prefix: string, joined: (generation: number) => void = () => undefined) {
    this.name = client.name
    this.#client = client
    this.#names = new Names(prefix)
    this.#joined = joined
  }

  consumer(options: ConsumerOptions): Consumer {
    const names = this.#names
    const group = options.groupId === undefined ? {} : { groupId: names.out(options.groupId) }
    const assignors = options.partitionAssignmentStrategy?.map((each) =>
      typeof each === 'string' ? each : assignorIn(names, each, this.#joined),
    )
    const strategy = assignors === undefined ? {} : { partitionAssignmentStrategy: assignors }
    return consumerIn(names, this.#client.consumer({ ...options, ...group, ...strategy }))
  }

  producer(options: ProducerOptions): Producer {
    const names = this.#names
    const { transactionalId } = options
    const own = transactionalId === undefined ? {} : { transactionalId: names.out(transactionalId) }
    const producer = this.#client.producer({ ...options, ...own })
    return over(producer, {
      sendOffsetsToTransaction: async (offsets, group) =>
        await producer.sendOffsetsToTransaction(names.outKeys(offsets), group),
      append: (record, origin, originOffset) =>
        producer.append({ ...record, topic: names.out(record.topic) }, origin, originOffset),
      acknowledged: (topic, partition) => producer.acknowledged(names.out(topic), partition),
      send: async (records) =>
        await producer.send(records.map((record) => ({ ...record, topic: names.out(record.topic) }))),
    })
  }

  admin(options?: { readonly clientId?: string }): Admin {
    return adminIn(this.#names, this.#client.admin(options))
  }

  groupMember(): never {
    throw new Error('Groups of other types have no namespace')
  }
}

class Names {
  readonly #prefix: string
  /** The same object for the same partition: callers use them as keys. */
  readonly #partitions = new Map<string, TopicPartition>()

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  out(name: string): string {
    return `${this.#prefix}${name}`
  }

  in(name: string): string {
    return name.slice(this.#prefix.length)
  }

  isHere(name: string): boolean {
    return name.startsWith(this.#prefix)
  }

  outAt<T extends TopicPartition>(partition: T): T {
    return { ...partition, topic: this.out(partition.topic) }
  }

  inAt({ topic, partition }: TopicPartition): TopicPartition {
    const key = `${topic}-${partition}`
    const found = this.#partitions.get(key) ?? { topic: this.in(topic), partition }
    this.#partitions.set(key, found)
    return found
  }

  outAll<T extends TopicPartition>(partitions: readonly T[]): T[] {
    return partitions.map((each) => this.outAt(each))
  }

  inAll(partitions: readonly TopicPartition[]): TopicPartition[] {
    return partitions.map((each) => this.inAt(each))
  }

  outKeys<V>(map: ReadonlyMap<TopicPartition, V>): Map<TopicPartition, V> {
    return new Map([...map].map(([key, value]) => [this.outAt(key), value]))
  }

  record(record: ConsumerRecord): ConsumerRecord {
    const { partition, offset, timestamp, timestampType, key, value, headers } = record
    return { topic: this.in(record.topic), partition, offset, timestamp, timestampType, key, value, headers }
  }
}

function consumerIn(names: Names, consumer: Consumer): Consumer {
  return over(consumer, {
    subscribe: (subscription, listener) =>
      consumer.subscribe(subscriptionIn(names, subscription), listenerIn(names, listener)),
    assign: (partitions) => consumer.assign(names.outAll(partitions)),
    poll: async (timeoutMs, wanted) =>
      (await consumer.poll(timeoutMs, wanted === undefined ? undefined : names.outAll(wanted))).map(
        (record) => names.record(record),
      ),
    assignment: () => names.inAll(consumer.assignment()),
    pause: (partitions) => consumer.pause(names.outAll(partitions)),
    resume: (partitions) => consumer.resume(names.outAll(partitions)),
    paused: () => names.inAll(consumer.paused()),
    seek: (partition, offset) => consumer.seek(names.outAt(partition), offset),
    position: async (partition) => await consumer.position(names.outAt(partition)),
    commit: async (offsets) => await consumer.commit(names.outKeys(offsets)),
    committed: async (partitions) => await consumer.committed(names.outAll(partitions)),
    beginningOffsets: async (partitions) => await consumer.beginningOffsets(names.outAll(partitions)),
    endOffsets: async (partitions) => await consumer.endOffsets(names.outAll(partitions)),
    lag: (partition) => consumer.lag(names.outAt(partition)),
    endOffset: (partition) => consumer.endOffset(names.outAt(partition)),
  })
}

function adminIn(names: Names, admin: Admin): Admin {
  return over(admin, {
    listTopics: async () =>
      (await admin.listTopics()).filter((name) => names.isHere(name)).map((name) => names.in(name)),
    describeTopics: async (topics) =>
      (await admin.describeTopics(topics.map((name) => names.out(name)))).map((each) => ({
        ...each,
        name: names.in(each.name),
      })),
    createTopics: async (topics) =>
      await admin.createTopics(topics.map((each) => ({ ...each, name: names.out(each.name) }))),
    createTopicsEach: async (topics, options) =>
      (
        await admin.createTopicsEach(
          topics.map((each) => ({ ...each, name: names.out(each.name) })),
          options,
        )
      ).map((each) => ({ ...each, name: names.in(each.name) })),
    deleteRecords: async (before) => await admin.deleteRecords(names.outKeys(before)),
    deleteTopics: async (topics) => await admin.deleteTopics(topics.map((name) => names.out(name))),
    topicConfigs: async (topic) => await admin.topicConfigs(names.out(topic)),
    listOffsets: async (partitions, at, isolation) =>
      await admin.listOffsets(names.outAll(partitions), at, isolation),
    listGroupOffsets: async (groupId) =>
      (await admin.listGroupOffsets(names.out(groupId))).map(({ partition, offset }) => ({
        partition: names.inAt(partition),
        offset,
      })),
    describeGroup: async (groupId) => await admin.describeGroup(names.out(groupId)),
  })
}

function subscriptionIn(names: Names, subscription: Subscription): Subscription {
  if ('topics' in subscription) return { topics: subscription.topics.map((topic) => names.out(topic)) }
  const { pattern } = subscription
  return { pattern: { matches: (topic) => names.isHere(topic) && pattern.matches(names.in(topic)) } }
}

function listenerIn(names: Names, listener: RebalanceListener): RebalanceListener {
  return {
    onAssigned: async (partitions) => await listener.onAssigned(names.inAll(partitions)),
    onRevoked: async (partitions) => await listener.onRevoked(names.inAll(partitions)),
    onLost: async (partitions) => await listener.onLost(names.inAll(partitions)),
  }
}

function assignorIn(
  names: Names,
  assignor: PartitionAssignor,
  joined: (generation: number) => void,
): PartitionAssignor {
  return {
    name: assignor.name,
    cooperative: assignor.cooperative,
    subscriptionUserData: (topics) => assignor.subscriptionUserData(topics.map((topic) => names.in(topic))),
    assign: async ({ partitionCounts }: AssignorCluster, members: readonly AssignorMember[]) => {
      const assignments = await assignor.assign(
        { partitionCounts: new Map([...partitionCounts].map(([topic, count]) => [names.in(topic), count])) },
        members.map((member) => ({
          ...member,
          topics: member.topics.map((topic) => names.in(topic)),
          owned: names.inAll(member.owned),
        })),
      )
      return new Map(
        [...assignments].map(([id, { partitions, userData }]) => [
          id,
          { partitions: names.outAll(partitions), userData },
        ]),
      )
    },
    onAssignment: async (partitions, userData, generation) => {
      joined(generation)
      await assignor.onAssignment?.(names.inAll(partitions), userData, generation)
    },
  }
}

/** The same object, with some of its methods exchanged. */
function over<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get: (_target, key) => {
      const own = (methods as Record<PropertyKey, unknown>)[key]
      if (own !== undefined) return own
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
