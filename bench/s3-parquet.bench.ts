import { s3Bench } from './support/s3-bench.ts'

await s3Bench(
  's3-parquet',
  {
    'format.class': 'io.confluent.connect.s3.format.parquet.ParquetFormat',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'true',
  },
  { withSchema: true },
)
