import { readFileSync, readdirSync } from 'node:fs'
import type { GoldenCase } from './golden-case.ts'
import { aggregationCases } from './topologies/aggregations.ts'
import type { CaseTopology } from './topologies/case-topology.ts'
import { joinCases } from './topologies/joins.ts'
import { processorCases } from './topologies/processors.ts'
import { statelessCases } from './topologies/stateless.ts'
import { windowCases } from './topologies/windows.ts'

const folder = new URL('./fixtures/', import.meta.url)

/** By the name of the case. */
export const caseTopologies: Readonly<Record<string, CaseTopology>> = {
  ...statelessCases,
  ...aggregationCases,
  ...windowCases,
  ...joinCases,
  ...processorCases,
}

/** All that lie in `fixtures/`. */
export const caseNames: readonly string[] = readdirSync(folder)
  .filter((file) => /^\d\d-/.test(file))
  .map((file) => file.replace('.json', ''))
  .sort()

export function loadCase(name: string): GoldenCase {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as GoldenCase
}

/** A quirk of Kafka Streams is done better when the case without the quirk is matched instead. */
export const betterThan: Readonly<Record<string, string>> = {
  '48-quirk-retention-session': '36-session-aggregate-late',
}

/** What the case puts out: of its own inputs, where another case says it better. */
export function expectedOutputs(name: string): GoldenCase['expected'] {
  const golden = loadCase(name)
  const better = betterThan[name]
  const outputs = better === undefined ? golden.expected : loadCase(better).expected
  return outputs.filter(({ step }) => step < golden.inputs.length)
}
