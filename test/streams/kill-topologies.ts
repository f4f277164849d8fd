import type { CaseTopology } from '../../transforms/streams/src/conformance/topologies/case-topology.ts'

export const killTopologies: Readonly<Record<string, CaseTopology>> = {}
