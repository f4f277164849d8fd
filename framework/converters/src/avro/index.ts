export { type AvroEncoder, avroEncoder } from './avro-encoder.ts'
export { type AvroDataOptions, DEFAULT_AVRO_OPTIONS } from './avro-options.ts'
export { type AvroJson, avroSchemaOf } from './avro-schema-of.ts'
