import { IllegalStateException, StreamsException } from '../../core/errors.ts'
import { optimizations } from '../../config/streams-config.ts'
import type { GraphNode } from './graph-node.ts'
import { findAbove } from './graph-node.ts'
import type { InternalStreamsBuilder } from './internal-streams-builder.ts'
import { RepartitionNode, repartitionSettings } from './repartition-nodes.ts'
import { TableSourceNode } from './source-nodes.ts'
import { StreamJoinNode } from './stream-join-node.ts'

/** Rewrites the graph as configured. Corresponds to Java's `InternalStreamsBuilder.optimizeTopology`. */
export function optimizeGraph(builder: InternalStreamsBuilder, enabled: ReadonlySet<string>): void {
  if (enabled.has(optimizations.reuseKTableSourceTopics)) {
    for (const node of builder.nodes) if (node instanceof TableSourceNode) node.reusesSourceTopic = true
  }
  if (enabled.has(optimizations.mergeRepartitionTopics)) mergeRepartitions(builder)
  if (enabled.has(optimizations.singleStoreSelfJoin)) rewriteSelfJoins(builder.root, new Set())
  filterNullKeys(builder.root)
}

/** One repartition topic after a change of key instead of one per operation below. */
function mergeRepartitions(builder: InternalStreamsBuilder): void {
  attributeToMerges(builder)
  for (const [changer, repartitions] of builder.keyChangers) {
    const [first] = repartitions
    if (first === undefined) continue
    const all = [...repartitions]
    const settings = repartitionSettings(builder, first.settings.topic, true, {
      keySerde: all.map((node) => node.settings.keySerde).find((serde) => serde !== null) ?? null,
      valueSerde: all.map((node) => node.settings.valueSerde).find((serde) => serde !== null) ?? null,
    })
    const merged = new RepartitionNode(settings, true)
    merged.buildPriority = changer.buildPriority
    for (const replaced of all) replaceRepartition(builder, changer, replaced, merged)
    changer.addChild(merged)
    builder.keyChangers.delete(changer)
  }
}

function replaceRepartition(
  builder: InternalStreamsBuilder,
  changer: GraphNode,
  replaced: RepartitionNode,
  merged: RepartitionNode,
): void {
  const child = findAbove(replaced, (node) => node.parents.has(changer))
  if (child === null) throw new StreamsException(`Found a null keyChangingChild node for ${replaced.name}`)
  merged.addChild(child)
  changer.removeChild(child)
  const below = [...replaced.children]
  const above = [...replaced.parents]
  for (const node of below) for (const parent of above) parent.addChild(node)
  for (const parent of above) parent.removeChild(replaced)
  replaced.clearChildren()
  builder.topology.replaceCopartitionSource(replaced.name, merged.name)
}

/** Where streams of several changed keys are merged before they are repartitioned, the merge stands for all of them. */
function attributeToMerges(builder: InternalStreamsBuilder): void {
  const { keyChangers } = builder
  const byMerge = new Map<GraphNode, Set<GraphNode>>()
  for (const merge of builder.mergeNodes) {
    const changers = new Set<GraphNode>()
    for (const [changer, repartitions] of keyChangers) {
      const isBelow = [...repartitions].every(
        (node) => findAbove(node, (above) => above.parents.has(merge)) !== null,
      )
      if (isBelow && findAbove(merge, (above) => above.parents.has(changer)) !== null) changers.add(changer)
    }
    byMerge.set(merge, changers)
  }
  const attributed = new Set<GraphNode>()
  for (const [merge, changers] of byMerge) {
    const repartitions = new Set<RepartitionNode>()
    for (const changer of changers) {
      for (const node of keyChangers.get(changer) ?? []) repartitions.add(node)
      attributed.add(changer)
    }
    keyChangers.set(merge, repartitions)
  }
  for (const changer of attributed) keyChangers.delete(changer)
}

/** A stream joined with itself needs one store only. */
function rewriteSelfJoins(node: GraphNode, seen: Set<GraphNode>): void {
  seen.add(node)
  if (node instanceof StreamJoinNode && node.parents.size === 1) {
    const [parent] = node.parents as ReadonlySet<GraphNode>
    const siblings = [...(parent as GraphNode).children].filter(
      (child) => child.buildPriority < node.buildPriority,
    )
    const left = siblings.find((child) => child.name === node.thisWindowedName)
    const right = siblings.find((child) => child.name === node.otherWindowedName)
    if (left === undefined || right === undefined || left.buildPriority >= right.buildPriority) {
      throw new IllegalStateException(
        `Expected the left node ${left?.name} to have smaller build priority than the right node ${right?.name}.`,
      )
    }
    ;(parent as GraphNode).removeChild(right)
    node.isSelfJoin = true
  }
  for (const child of node.children) if (!seen.has(child)) rewriteSelfJoins(child, seen)
}

/** Repartitions drop records without key, but for those above a join that gives results for such records. */
function filterNullKeys(root: GraphNode): void {
  const seen = new Set<GraphNode>()
  const relaxed = new Set<GraphNode>()
  const visit = (node: GraphNode): void => {
    if (seen.has(node)) return
    for (const child of node.children) {
      visit(child)
      if (child.relaxesNullKeys || relaxed.has(child)) relaxed.add(node)
    }
    seen.add(node)
  }
  visit(root)
  for (const node of seen) if (node instanceof RepartitionNode) node.filtersNullKeys = !relaxed.has(node)
}
