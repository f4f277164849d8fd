import { defineErrors } from '@spillway/api'

/** The error classes of object-store sinks. */
export const objectStoreErrors = defineErrors({
  PartitionError: {
    code: 'STORAGE_PARTITION',
    javaClass: 'io.confluent.connect.storage.errors.PartitionException',
    meaning: 'A record whose output partition cannot be told.',
    remedy:
      'Check partition.field.name and timestamp.extractor. Repair or skip the record, or set errors.tolerance=all with errors.deadletterqueue.topic.name.',
    retriable: false,
  },
  ClaimLostError: {
    code: 'CONNECT_STORE_CLAIM_LOST',
    javaClass: 'org.apache.kafka.connect.errors.ConnectException',
    meaning: 'Another task has claimed the Kafka partition; this one must not write it any more.',
    remedy: 'Nothing is lost. See to it that no two connectors of one name write to the same place.',
    retriable: false,
  },
  SpillFullError: {
    code: 'STORAGE_SPILL_FULL',
    javaClass: 'org.apache.kafka.connect.errors.ConnectException',
    meaning: 'Neither memory nor disk has room for more buffered bytes.',
    remedy: 'Raise buffer.disk.max.bytes, or close files earlier.',
    retriable: false,
  },
  SpillCorruptedError: {
    code: 'STORAGE_SPILL_CORRUPTED',
    javaClass: 'org.apache.kafka.connect.errors.ConnectException',
    meaning: 'The spill log gave back other bytes than were written.',
    remedy: 'Restart the task: records are read again from Kafka. Check the disk of buffer.dir.',
    retriable: false,
  },
})
