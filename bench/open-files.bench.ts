import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { PrivateStack } from '../stack/private-stack.ts'
import { envOf } from '../stack/stack.ts'
import { createTopic, produce, uniqueName } from '../test/support/topics.ts'
import { type OpenFilesCase, runOpenFiles } from './support/open-files-run.ts'
import { orderRecords } from './support/order-records.ts'

/**
 * Memory against open files: 1,000,000 orders of about 190 bytes over 100, 1,000 and 10,000 output partitions, in a
 * buffer of 64 MiB, so that more than 100 MB spill and every file is committed at the end. One Kafka partition, and for
 * memory alone four, where each has files of its own.
 */
const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    outputs: { type: 'string', default: '100,1000,10000' },
    partitions: { type: 'string', default: '1,4' },
    runs: { type: 'string', default: '1' },
  },
})
const records = Number(values.records)
const stack = await PrivateStack.create()
try {
  await stack.start(['kafka', 's3'])
  Object.assign(process.env, envOf(stack.settings))
  console.log(
    `open-files: ${records} records, ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`,
  )
  for (const partitions of values.partitions.split(',').map(Number)) {
    const outputs = values.outputs.split(',').map(Number)
    const largest = Math.max(...outputs)
    for (let run = 0; run < Number(values.runs); run++) {
      for (const count of partitions === 1 ? outputs : [largest]) {
        const topic = uniqueName('open-files')
        await createTopic(topic, partitions)
        const fill = async (): Promise<void> => await produce(orderRecords(topic, records, partitions, count))
        await report({ topic, records, partitions, outputs: count, fill })
      }
    }
  }
} finally {
  await stack.remove()
}

async function report(run: OpenFilesCase): Promise<void> {
  const found = await runOpenFiles(run)
  const rate = Math.round(run.records / found.consumedSeconds).toLocaleString('en')
  console.log(
    `${run.partitions} Kafka partition(s) x ${run.outputs} outputs: consumed at ${rate} records/s, last object after ` +
      `${found.seconds.toFixed(1)} s, ${found.objects} objects, ${found.spilledMiB.toFixed(0)} MiB spilled, ` +
      `${found.cpuSeconds.toFixed(1)} CPU s, peak RSS ${Math.round(found.peakRssMiB)} MiB; ` +
      `every record once: ${found.everyRecordOnce ? 'yes' : 'NO'}`,
  )
  if (!found.everyRecordOnce) process.exitCode = 1
}
