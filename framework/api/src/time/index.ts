export * from './joda-pattern.ts'
export * from './scheduled-rotation.ts'
export * from './time-buckets.ts'
export * from './time-zone.ts'
