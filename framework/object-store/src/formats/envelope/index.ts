export * from './envelope-config.ts'
export * from './envelope-fields.ts'
export * from './json-envelope.ts'
export * from './struct-envelope.ts'
