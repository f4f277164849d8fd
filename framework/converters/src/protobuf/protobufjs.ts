import { createRequire } from 'node:module'
import type protobuf from 'protobufjs'

let library: typeof protobuf | undefined

/** The protobufjs library, loaded by the first schema: every thread knows this converter, and few use it. */
export function protobufjs(): typeof protobuf {
  library ??= createRequire(import.meta.url)('protobufjs') as typeof protobuf
  return library
}
