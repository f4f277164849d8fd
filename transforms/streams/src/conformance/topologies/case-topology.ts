import type { StreamsConfig, Windowed } from '../../index.ts'
import { StreamsBuilder } from '../../index.ts'
import type { Topology } from '../../index.ts'

/** Builds the topology of a case with the case's configuration. */
export type CaseTopology = (config: StreamsConfig) => Topology

/** A topology written in the DSL. */
export function dsl(write: (builder: StreamsBuilder) => void): CaseTopology {
  return (config) => {
    const builder = new StreamsBuilder()
    write(builder)
    return builder.build(config)
  }
}

/** How the cases print windowed keys. */
export const windowText = (key: Windowed<string>): string => `${key.key}@${key.start}/${key.end}`

/** How the cases print joined values. */
export const joinText = (left: string | null, right: string | null): string =>
  `${left ?? '-'}+${right ?? '-'}`

export const hourMs = 60 * 60 * 1000
