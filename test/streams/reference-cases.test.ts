import { after, describe, test } from 'node:test'
import { caseNames } from '../../transforms/streams/src/conformance/cases.ts'
import { CaseRun } from './case-run.ts'
import { StateFolder } from './kafka-app.ts'
import { StreamsProcess } from './streams-process.ts'

/** Their results depend on keys alone: neither on the time of other keys, nor on the partition a record came from. */
const overSeveralPartitions = new Set([
  '01-filter-mapvalues',
  '02-flatmap-flatmapvalues',
  '04-split-branch',
  '06-topic-name-extractor',
  '08-repartition',
  '10-headers-propagation',
  '20-groupbykey-count',
  '22-groupbykey-aggregate',
  '24-ktable-groupby-count-reduce',
  '28-totable-tostream',
  '58-stream-table-inner-left',
  '62-table-table-inner',
  '64-table-table-outer',
  '70-process-values-store',
  '76-low-level-topology',
  '90-two-aggregations-unoptimized',
  '94-exactly-once-same-results',
])

/** What has no place on a broker. */
const elsewhere: Readonly<Record<string, string>> = {
  '74-punctuate-anchored': 'moves the wall clock',
  '78-record-metadata-and-times': 'moves the wall clock',
  '86-invalid-topology-duplicate-store': 'is refused before it starts',
  '88-invalid-topology-unconnected-store': 'is refused at its start, without any input',
}

describe('cases of Kafka Streams 4.3.1 on Kafka, in two processes', { concurrency: 8 }, () => {
  const processes = [new StreamsProcess(), new StreamsProcess()]
  const folders = processes.map(() => new StateFolder())
  const paths = folders.map(({ path }) => path)

  after(async () => {
    for (const process of processes) await process[Symbol.asyncDispose]()
    for (const folder of folders) folder[Symbol.dispose]()
  })

  for (const name of caseNames) {
    if (elsewhere[name] !== undefined) continue
    const partitions = overSeveralPartitions.has(name) ? 3 : 1
    test(`${name}, partitions: ${partitions}`, async () => {
      await new CaseRun(name, partitions).run(processes, paths)
    })
  }

  test('66-foreign-key-inner, partitions: 3', async () => {
    await new CaseRun('66-foreign-key-inner', 3).run(processes, paths)
  })
})
