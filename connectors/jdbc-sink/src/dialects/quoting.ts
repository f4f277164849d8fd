import type { Dialect } from './dialect.ts'

/** How names are written, as the configuration wants it. */
export type Quoting = Pick<Dialect, 'quoteName' | 'quoteTable'>
