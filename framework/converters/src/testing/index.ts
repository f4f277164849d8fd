/** The suite for a converter of your own: docs/extending.md. It needs fast-check. */
export { type Sample, type SampleLimits, samples, schemas, valueOf } from './connect-arbitraries.ts'
export { converterConformance, type ConverterUnderTest } from './converter-suite.ts'
export { mutate, randomOf } from './mutate.ts'
export { plainValue } from './plain-value.ts'
export { check, fuzzRuns, propertyRuns, seed } from './property-runs.ts'
