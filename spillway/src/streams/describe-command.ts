import { ConfigError } from '@spillway/api'
import { loadTopology } from './load-topology.ts'
import { type ConfigOptions, readStreamsConfig } from './streams-config-file.ts'
import { dotGraph, mermaidGraph } from './topology-graph.ts'

export type DescribeOptions = ConfigOptions & { readonly format: string }

/** `spillway streams describe <module>`: the text of `Topology.describe()`, byte by byte Java's, or a graph. */
export async function describeCommand(module: string, options: DescribeOptions): Promise<number> {
  const { topology } = await loadTopology(module, await readStreamsConfig(options))
  const description = topology.describe()
  switch (options.format) {
    case 'text':
      process.stdout.write(description.toString())
      return 0
    case 'dot':
      process.stdout.write(dotGraph(description))
      return 0
    case 'mermaid':
      process.stdout.write(mermaidGraph(description))
      return 0
    default:
      throw new ConfigError(`There is no format ${options.format}: formats are text, dot, mermaid.`)
  }
}
