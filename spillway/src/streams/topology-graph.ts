import type { DescribedNode, TopologyDescription } from '@spillway/streams'

type Shape = 'topic' | 'store' | 'source' | 'processor' | 'sink'

interface Vertex {
  readonly id: string
  readonly text: string
  readonly shape: Shape
}

interface Edge {
  readonly from: string
  readonly to: string
  /** Stores are joined to their processors without a direction. */
  readonly isStore: boolean
}

interface Cluster {
  readonly title: string
  readonly vertices: readonly Vertex[]
}

interface Graph {
  readonly clusters: readonly Cluster[]
  /** Topics: they join sub-topologies. */
  readonly topics: readonly Vertex[]
  readonly edges: readonly Edge[]
}

/** A topology for Graphviz: `dot -Tsvg`. */
export function dotGraph(description: TopologyDescription): string {
  const { clusters, topics, edges } = graphOf(description)
  const shapes: Readonly<Record<Shape, string>> = {
    topic: 'shape=cds',
    store: 'shape=cylinder',
    source: 'shape=ellipse',
    processor: 'shape=box',
    sink: 'shape=ellipse',
  }
  const vertex = ({ id, text, shape }: Vertex): string => `${id} [label=${quoted(text)}, ${shapes[shape]}]`
  const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`
  return lines([
    'digraph topology {',
    '  rankdir=TB',
    ...topics.map((each) => `  ${vertex(each)}`),
    ...clusters.flatMap(({ title, vertices }, index) => [
      `  subgraph cluster_${index} {`,
      `    label=${quoted(title)}`,
      ...vertices.map((each) => `    ${vertex(each)}`),
      '  }',
    ]),
    ...edges.map(
      ({ from, to, isStore }) => `  ${from} -> ${to}${isStore ? ' [dir=none, style=dashed]' : ''}`,
    ),
    '}',
  ])
}

/** A topology for Mermaid, as Markdown pages show it. */
export function mermaidGraph(description: TopologyDescription): string {
  const { clusters, topics, edges } = graphOf(description)
  const brackets: Readonly<Record<Shape, readonly [string, string]>> = {
    topic: ['[/', '/]'],
    store: ['[(', ')]'],
    source: ['([', '])'],
    processor: ['[', ']'],
    sink: ['([', '])'],
  }
  // Mermaid reads entities in quotes.
  const quoted = (text: string): string =>
    `"${text.replace(/[#"<>]/g, (sign) => `#${sign.codePointAt(0)};`)}"`
  const vertex = ({ id, text, shape }: Vertex): string =>
    `${id}${brackets[shape][0]}${quoted(text)}${brackets[shape][1]}`
  return lines([
    'flowchart TB',
    ...topics.map((each) => `  ${vertex(each)}`),
    ...clusters.flatMap(({ title, vertices }, index) => [
      `  subgraph sub${index} [${quoted(title)}]`,
      ...vertices.map((each) => `    ${vertex(each)}`),
      '  end',
    ]),
    ...edges.map(({ from, to, isStore }) => `  ${from} ${isStore ? '-.-' : '-->'} ${to}`),
  ])
}

function graphOf({ subtopologies }: TopologyDescription): Graph {
  const topics = new Map<string, Vertex>()
  const edges: Edge[] = []
  const nodes = new Map<string, Vertex>()
  const stores = new Map<string, Vertex>()
  const vertexIn = (map: Map<string, Vertex>, prefix: string, text: string, shape: Shape): Vertex => {
    const found = map.get(text) ?? { id: `${prefix}${map.size}`, text, shape }
    map.set(text, found)
    return found
  }
  const topic = (name: string): string => vertexIn(topics, 't', name, 'topic').id
  const clusters = subtopologies.map(({ id, global, nodes: described }) => {
    const vertices = new Set<Vertex>()
    for (const node of described) {
      const vertex = vertexIn(nodes, 'n', node.name, node.kind)
      vertices.add(vertex)
      for (const successor of node.successors) {
        const kind = described.find(({ name }) => name === successor)?.kind ?? 'processor'
        edges.push({ from: vertex.id, to: vertexIn(nodes, 'n', successor, kind).id, isStore: false })
      }
      for (const name of topicsOf(node)) {
        const ends = node.kind === 'source' ? [topic(name), vertex.id] : [vertex.id, topic(name)]
        edges.push({ from: ends[0] as string, to: ends[1] as string, isStore: false })
      }
      for (const name of node.stores) {
        const store = vertexIn(stores, 's', name, 'store')
        vertices.add(store)
        edges.push({ from: vertex.id, to: store.id, isStore: true })
      }
    }
    return { title: `Sub-topology ${id}${global ? ' (global store)' : ''}`, vertices: [...vertices] }
  })
  return { clusters, topics: [...topics.values()], edges }
}

function topicsOf({ kind, topics, pattern }: DescribedNode): readonly string[] {
  if (pattern !== null) return [`/${pattern.source}/`]
  return kind === 'sink' && topics.length === 0 ? ['(by a function)'] : topics
}

function lines(texts: readonly string[]): string {
  return `${texts.join('\n')}\n`
}
