import { s3Bench } from './support/s3-bench.ts'

// Eight cities: each flush of a Kafka partition is eight objects.
await s3Bench(
  's3-field',
  {
    'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
    'partitioner.class': 'io.confluent.connect.storage.partitioner.FieldPartitioner',
    'partition.field.name': 'city',
  },
  { objectsPerFlush: 2 },
)
