export * from './java-number-text.ts'
export type { ParsedValue } from './parsed-value.ts'
export { parseString } from './parse-string.ts'
export * from './value-to-string.ts'
