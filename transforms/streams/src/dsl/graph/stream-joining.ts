import { StreamsException } from '../../core/errors.ts'
import type { Serde } from '../../core/serde.ts'
import { settled } from '../../core/synchronous.ts'
import { joinWindowSupplier, selfJoinSupplier, streamJoinSupplier } from '../../processors/stream-join.ts'
import type { StreamJoiner } from '../../processors/stream-join.ts'
import { joinWindowStoreFactory, waitingRecordStoreFactory } from '../../stores/join-stores.ts'
import type { StoreFactory } from '../../stores/store-factory.ts'
import type { WindowStoreSupplier } from '../../stores/store-suppliers.ts'
import type { JoinWindows } from '../../windows/event-windows.ts'
import { endOfTime } from '../../windows/window.ts'
import { ProcessorGraphNode } from './graph-node.ts'
import type { InternalStreamsBuilder } from './internal-streams-builder.ts'
import type { KStream } from '../kstream.ts'
import { StreamJoined } from '../../stores/stream-joined.ts'
import { RepartitionNode, repartitionSettings } from './repartition-nodes.ts'
import { StreamJoinNode } from './stream-join-node.ts'

type AnyJoined = StreamJoined<unknown, unknown, unknown>

/** Repartitions a stream whose keys have changed. Several joins of one stream share the topic. */
export function repartitionForJoin(
  stream: KStream<unknown, unknown>,
  name: string,
  isNameGiven: boolean,
  keySerdeGiven: Serde<unknown> | null,
  valueSerdeGiven: Serde<unknown> | null,
): KStream<unknown, unknown> {
  const { builder, node } = stream.core
  const keySerde = keySerdeGiven ?? stream.core.keySerde
  const valueSerde = valueSerdeGiven ?? stream.core.valueSerde
  const settings = repartitionSettings(builder, name, isNameGiven, { keySerde, valueSerde })
  if (stream.joinRepartition === null || stream.core.name !== name) {
    stream.joinRepartition = new RepartitionNode(settings, true)
    builder.add(node, stream.joinRepartition)
  }
  return builder.create.stream({
    builder,
    name: settings.sourceName,
    node: stream.joinRepartition,
    keySerde,
    valueSerde,
    sources: new Set([settings.sourceName]),
    repartitionRequired: false,
  })
}

function checkSupplier(supplier: WindowStoreSupplier | null, windows: JoinWindows): void {
  if (supplier === null) return
  if (!supplier.retainDuplicates) {
    throw new StreamsException(
      'The StoreSupplier must set retainDuplicates=true, found retainDuplicates=false',
    )
  }
  const retentionMs = Math.min(windows.sizeMs + windows.gracePeriodMs, endOfTime)
  if (supplier.retentionMs !== retentionMs || supplier.windowSizeMs !== windows.sizeMs) {
    throw new StreamsException(
      `Window settings mismatch. WindowBytesStoreSupplier settings of ${supplier.name} (retention ${supplier.retentionMs}, ` +
        `window size ${supplier.windowSizeMs}) must match JoinWindows settings (retention ${retentionMs}, ` +
        `window size ${windows.sizeMs}) for the window size and retention period`,
    )
  }
}

function noteGeneratedStore(builder: InternalStreamsBuilder, factory: StoreFactory): void {
  builder.topology.noteGeneratedName('stores', factory.name)
  if (factory.loggingEnabled) builder.topology.noteGeneratedName('changelogs', `${factory.name}-changelog`)
}

/** Joins two streams within a window of time. */
export function joinStreams(
  kind: 'inner' | 'left' | 'outer',
  left: KStream<unknown, unknown>,
  right: KStream<unknown, unknown>,
  joiner: StreamJoiner,
  windows: JoinWindows,
  joined: AnyJoined,
): KStream<unknown, unknown> {
  const side = (stream: KStream<unknown, unknown>, suffix: string, valueSerde: Serde<unknown> | null) => {
    if (!stream.core.repartitionRequired) return stream
    const name = joined.name === null ? stream.core.name : `${joined.name}${suffix}`
    const keySerde = joined.keySerde as Serde<unknown> | null
    return repartitionForJoin(stream, name, joined.name !== null, keySerde, valueSerde)
  }
  const self = side(left, '-left', joined.valueSerde as Serde<unknown> | null)
  const other = side(right, '-right', joined.otherValueSerde as Serde<unknown> | null)
  self.core.builder.copartition(self.core, other.core)
  return windowedJoin(kind, self, other, joiner, windows, withSerdesOf(joined, self, other))
}

/** Serdes that are not given for the join are those of its streams. */
function withSerdesOf(
  joined: AnyJoined,
  left: KStream<unknown, unknown>,
  right: KStream<unknown, unknown>,
): AnyJoined {
  const full = Object.assign(new StreamJoined<unknown, unknown, unknown>(), joined)
  full.keySerde ??= left.core.keySerde ?? right.core.keySerde
  full.valueSerde ??= left.core.valueSerde
  full.otherValueSerde ??= right.core.valueSerde
  return full
}

function windowedJoin(
  kind: 'inner' | 'left' | 'outer',
  left: KStream<unknown, unknown>,
  right: KStream<unknown, unknown>,
  joiner: StreamJoiner,
  windows: JoinWindows,
  joined: AnyJoined,
): KStream<unknown, unknown> {
  const { builder } = left.core
  const { names } = builder
  const leftOuter = kind !== 'inner'
  const rightOuter = kind === 'outer'
  const thisSuffix = rightOuter ? '-outer-this-join' : '-this-join'
  const otherSuffix = leftOuter ? '-outer-other-join' : '-other-join'
  const thisWindowedName = names.suffixedOr(joined.name, '-this-windowed', 'KSTREAM-WINDOWED-')
  const otherWindowedName = names.suffixedOr(joined.name, '-other-windowed', 'KSTREAM-WINDOWED-')
  const thisGenerated = names.processorName(rightOuter ? 'KSTREAM-OUTERTHIS-' : 'KSTREAM-JOINTHIS-')
  const otherGenerated = names.processorName(leftOuter ? 'KSTREAM-OUTEROTHER-' : 'KSTREAM-JOINOTHER-')
  const thisName = joined.name === null ? thisGenerated : `${joined.name}${thisSuffix}`
  const otherName = joined.name === null ? otherGenerated : `${joined.name}${otherSuffix}`
  const mergeName = names.suffixedOr(joined.name, '-merge', 'KSTREAM-MERGE-')

  const { thisStoreSupplier, otherStoreSupplier, storeName } = joined
  if (thisStoreSupplier !== null && thisStoreSupplier.name === otherStoreSupplier?.name) {
    throw new StreamsException(
      'Both StoreSuppliers have the same name.  StoreSuppliers must provide unique names',
    )
  }
  checkSupplier(thisStoreSupplier, windows)
  checkSupplier(otherStoreSupplier, windows)
  const thisBase = storeName === null ? thisGenerated : `${storeName}${thisSuffix}`
  const otherBase = storeName === null ? otherGenerated : `${storeName}${otherSuffix}`
  const thisStore = joinWindowStoreFactory(
    thisStoreSupplier?.name ?? `${thisBase}-store`,
    windows,
    joined,
    'this',
  )
  const otherStore = joinWindowStoreFactory(
    otherStoreSupplier?.name ?? `${otherBase}-store`,
    windows,
    joined,
    'other',
  )
  builder.add(left.core.node, new ProcessorGraphNode(thisWindowedName, joinWindowSupplier(thisStore)))
  builder.add(right.core.node, new ProcessorGraphNode(otherWindowedName, joinWindowSupplier(otherStore)))
  const waitingStore = leftOuter
    ? waitingRecordStoreFactory(waitingStoreName(joined, thisGenerated, rightOuter), joined)
    : null
  if (storeName === null) {
    for (const factory of [thisStore, otherStore, waitingStore]) {
      if (factory !== null) noteGeneratedStore(builder, factory)
    }
  }

  const join = {}
  const settledJoiner: StreamJoiner = (mine, its, key) => settled(joiner(mine, its, key), 'the joiner')
  const common = { windows, joiner: settledJoiner, waitingStore, join }
  const node = new StreamJoinNode({
    mergeName,
    thisName,
    otherName,
    thisWindowedName,
    otherWindowedName,
    thisSide: streamJoinSupplier({ ...common, isLeft: true, isOuter: leftOuter, otherStore }),
    otherSide: streamJoinSupplier({ ...common, isLeft: false, isOuter: rightOuter, otherStore: thisStore }),
    self: selfJoinSupplier(thisStore, windows, settledJoiner),
  })
  node.relaxesNullKeys = leftOuter
  builder.add([left.core.node, right.core.node], node)
  return builder.create.stream({
    builder,
    name: mergeName,
    node,
    keySerde: joined.keySerde as Serde<unknown> | null,
    valueSerde: null,
    sources: new Set([...left.core.sources, ...right.core.sources]),
    repartitionRequired: false,
  })
}

function waitingStoreName(joined: AnyJoined, thisGenerated: string, isOuter: boolean): string {
  const suffix = isOuter ? '-outer-shared-join' : '-left-shared-join'
  const base = joined.thisStoreSupplier?.name ?? joined.storeName
  if (base !== null && base !== '') return `${base}${suffix}-store`
  const number = thisGenerated.slice((isOuter ? 'KSTREAM-OUTERTHIS-' : 'KSTREAM-JOINTHIS-').length)
  return `KSTREAM-OUTERSHARED-${number}-store`
}
