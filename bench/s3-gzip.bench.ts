import { s3Bench } from './support/s3-bench.ts'

await s3Bench('s3-gzip', {
  'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
  's3.compression.type': 'gzip',
})
