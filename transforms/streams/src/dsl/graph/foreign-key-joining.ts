import { IllegalArgumentException } from '../../core/errors.ts'
import type { StreamPartitioner } from '../../core/functions.ts'
import { settled } from '../../core/synchronous.ts'
import {
  ForeignKeySerdes,
  ForeignTableJoin,
  SubscriptionSend,
  responseJoinSupplier,
  subscriptionJoinSupplier,
  subscriptionReceiveSupplier,
  subscriptionStoreFactory,
} from '../../processors/foreign-key-join.ts'
import { subscriptionResponseSerde, subscriptionSerde } from '../../processors/foreign-key-formats.ts'
import type { SubscriptionResponse } from '../../processors/foreign-key-formats.ts'
import { TableSource } from '../../processors/table-source.ts'
import { ProcessorGraphNode } from './graph-node.ts'
import type { KTable } from '../ktable.ts'
import { Consumed } from '../options.ts'
import type { TableJoined } from '../join-options.ts'
import type { Materialized } from '../../stores/materialized.ts'
import { SinkGraphNode } from './sink-graph-node.ts'
import { StreamSourceNode } from './source-nodes.ts'
import { validateName } from '../../core/names.ts'

const prefix = 'KTABLE-FK-JOIN-'

interface ForeignKeyJoinSettings {
  readonly foreignKey: (value: unknown, key: unknown) => unknown
  readonly joiner: (left: unknown, right: unknown, key: unknown) => unknown
  readonly isLeftJoin: boolean
  readonly joined: TableJoined<unknown, unknown>
  readonly materialized: Materialized<unknown, unknown>
}

/** A row must stay where its table's partition is: one partition, never several. */
function single(
  partitioner: StreamPartitioner<unknown, unknown> | null,
): StreamPartitioner<unknown, unknown> | null {
  if (partitioner === null) return null
  return (topic, key, _value, partitions) => {
    const chosen = settled(partitioner(topic, key, null, partitions), 'the partitioner')
    if (chosen === null || typeof chosen === 'number') return chosen
    if (chosen.length !== 1) {
      throw new IllegalArgumentException(
        'The partitions returned by StreamPartitioner#partitions method when used for FK join should be a singleton set',
      )
    }
    return chosen
  }
}

/**
 * Joins rows with the rows of another table they point to: a row subscribes to the other table through one topic and gets
 * answers through a second one. Corresponds to Java's `KTableImpl.doJoinOnForeignKey`.
 */
export function joinOnForeignKey(
  left: KTable<unknown, unknown>,
  right: KTable<unknown, unknown>,
  settings: ForeignKeyJoinSettings,
): KTable<unknown, unknown> {
  const { builder } = left.core
  const { joined, materialized, isLeftJoin } = settings
  const { names } = builder
  right.enableSendingOldValues(true)
  left.enableSendingOldValues(true)
  if (joined.name !== null) validateName(joined.name)
  const named = (suffix: string, generated: string) => names.suffixedOr(joined.name, suffix, generated)
  const serdes = new ForeignKeySerdes({
    primaryKey: left.core.keySerde,
    leftValue: left.core.valueSerde,
    foreignKey: right.core.keySerde,
    rightValue: right.core.valueSerde,
  })

  const registrationTopic = `${named('-subscription-registration', `${prefix}SUBSCRIPTION-REGISTRATION-`)}-topic`
  builder.topology.addInternalTopic(registrationTopic, null)
  const subscriptions = subscriptionSerde(() => serdes.get('primaryKey'))
  const responses = subscriptionResponseSerde(() => serdes.get('rightValue'))
  const extractor = (key: unknown, value: unknown) =>
    settled(settings.foreignKey(value, key), 'the foreign-key extractor')
  const send = new SubscriptionSend(extractor, serdes, isLeftJoin)
  const sendName = named('-subscription-registration-processor', `${prefix}SUBSCRIPTION-REGISTRATION-`)
  const sendNode = new ProcessorGraphNode(sendName, send, { versioned: send })
  builder.add(left.core.node, sendNode)
  const registrationSink = new SinkGraphNode({
    name: named('-subscription-registration-sink', 'KTABLE-SINK-'),
    topic: registrationTopic,
    keySerde: right.core.keySerde,
    valueSerde: subscriptions as never,
    partitioner: single(joined.otherPartitioner as StreamPartitioner<unknown, unknown> | null),
  })
  builder.add(sendNode, registrationSink)
  const registrationSource = new StreamSourceNode(
    named('-subscription-registration-source', 'KTABLE-SOURCE-'),
    [registrationTopic],
    Consumed.with<unknown, unknown>(right.core.keySerde, subscriptions as never),
  )
  builder.add(registrationSink, registrationSource)
  builder.topology.copartitionSources([...right.core.sources, registrationSource.name])

  const storeName = named('-subscription-store', `${prefix}SUBSCRIPTION-STATE-STORE-`)
  const store = subscriptionStoreFactory(storeName, subscriptions)
  const receiveName = named('-subscription-receive', `${prefix}SUBSCRIPTION-PROCESSOR-`)
  const receiveNode = new ProcessorGraphNode(receiveName, subscriptionReceiveSupplier(store, serdes))
  builder.add(registrationSource, receiveNode)
  const rightView = right.view()
  const lookupNode = new ProcessorGraphNode(
    named('-subscription-join-foreign', `${prefix}SUBSCRIPTION-PROCESSOR-`),
    subscriptionJoinSupplier(rightView),
    { storeNames: rightView.storeNames },
  )
  builder.add(receiveNode, lookupNode)
  const fanOut = new ForeignTableJoin(store, serdes)
  const fanOutName = named('-foreign-join-subscription', `${prefix}SUBSCRIPTION-PROCESSOR-`)
  const fanOutNode = new ProcessorGraphNode(fanOutName, fanOut, { versioned: fanOut })
  builder.add(right.core.node, fanOutNode)

  const responseTopic = `${named('-subscription-response', `${prefix}SUBSCRIPTION-RESPONSE-`)}-topic`
  builder.topology.addInternalTopic(responseTopic, null)
  const responseSink = new SinkGraphNode({
    name: named('-subscription-response-sink', 'KTABLE-SINK-'),
    topic: responseTopic,
    keySerde: left.core.keySerde,
    valueSerde: responses as never,
    partitioner:
      single(joined.partitioner as StreamPartitioner<unknown, unknown> | null) ??
      ((_topic, _key, value) => (value as SubscriptionResponse).primaryPartition),
  })
  builder.add(lookupNode, responseSink)
  builder.add(fanOutNode, responseSink)
  const responseSource = new StreamSourceNode(
    named('-subscription-response-source', 'KTABLE-SOURCE-'),
    [responseTopic],
    Consumed.with<unknown, unknown>(left.core.keySerde, responses as never),
  )
  builder.add(responseSink, responseSource)
  const sources = new Set([...left.core.sources, responseSource.name])
  builder.topology.copartitionSources(sources)

  const leftView = left.view()
  const joiner: ForeignKeyJoinSettings['joiner'] = (mine, its, key) =>
    settled(settings.joiner(mine, its, key), 'the joiner')
  const resolveNode = new ProcessorGraphNode(
    named('-subscription-response-resolver', `${prefix}SUBSCRIPTION-RESPONSE-RESOLVER-PROCESSOR-`),
    responseJoinSupplier({ leftTable: leftView, serdes, joiner, isLeftJoin }),
    { storeNames: leftView.storeNames },
  )
  builder.add(responseSource, resolveNode)
  const resultName = named('-result', `${prefix}OUTPUT-`)
  const resultStore = builder.named(materialized, `${prefix}OUTPUT-`, { key: left.core.keySerde })
  const table = new TableSource(resultStore)
  const resultNode = new ProcessorGraphNode(resultName, table)
  resultNode.isOutputVersioned = materialized.storeSupplier?.kind === 'versioned'
  builder.add(resolveNode, resultNode)
  const core = {
    builder,
    name: resultName,
    node: resultNode,
    keySerde: left.core.keySerde,
    valueSerde: resultStore.valueSerde,
    sources,
  }
  return builder.create.table(core, table, resultStore.storeName)
}
