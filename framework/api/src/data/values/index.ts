export * from './java-number-text.ts'
export { parseString, type ParsedValue } from './parse-string.ts'
export * from './value-to-string.ts'
