import type { RecordView } from './format.ts'

/** The record's value: what an object holds. */
export const valueView: RecordView = {
  name: 'value',
  schema: (record) => record.valueSchema,
  value: (record) => record.value,
  text: (record) => record.valueText,
}
