import { ExampleRecord } from '../partitioners/example-record.ts'
import { objectKeys } from '../commits/file-objects.ts'
import type { WriterSettings } from '../settings/writer-settings.ts'

/**
 * The keys of the objects that the first record of each topic would go to: partitioner and naming are the task's, the
 * records made up of what they say they read. With them those of a record without a value, where these have a place of
 * their own. Empty where a partitioner or extractor of the user's does not say what it reads.
 *
 * @param nowMs the wall clock, and the time of the records.
 * @throws {PartitionError} where no record could be placed, as where one field is read as a text and as an object.
 */
export function sampleObjectKeys(
  settings: WriterSettings,
  topics: readonly string[],
  nowMs: number,
): readonly string[] {
  return topics.flatMap((topic) => {
    const example = new ExampleRecord({ topic, timestamp: nowMs })
    example.add(settings.partitioner)
    if (!example.isComplete) return []
    const records = [example.record()]
    if (settings.tombstonePartition !== undefined) records.push(example.record(false))
    return records.flatMap((record) => {
      const encodedPartition = settings.partitioner.encodePartition(record, nowMs)
      const file = { topic, encodedPartition, firstOffset: record.kafkaOffset }
      return objectKeys(file, { topic, partition: record.kafkaPartition }, settings)
    })
  })
}
