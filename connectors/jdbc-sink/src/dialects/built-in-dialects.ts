import type { DialectPlugin } from './dialect-plugin.ts'
import { mysql } from './mysql/index.ts'
import { postgresql } from './postgresql/index.ts'
import { sqlite } from './sqlite/index.ts'

/** The dialects that come with the sink, one line each. */
export const builtInDialects: readonly DialectPlugin[] = [postgresql, mysql, sqlite]
