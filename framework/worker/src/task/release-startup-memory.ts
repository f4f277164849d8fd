import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type CollectGarbage = (options: {
  readonly type: 'major'
  readonly execution: 'sync'
  readonly flavor: 'last-resort'
}) => void

/**
 * Gives back what loading modules has left in this thread's heap, about 10 MiB: V8 collects when a heap has grown by half,
 * which the one of a thread that serves REST never does (docs/decisions/0011). It takes some 80 ms, so once, at the start.
 */
export function releaseStartupMemory(): void {
  // V8 has no call for it but this function, which new contexts have under the flag.
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as CollectGarbage
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
