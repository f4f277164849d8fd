export * from './main.ts'
export * from './registry.ts'
