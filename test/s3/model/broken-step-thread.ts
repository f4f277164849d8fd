import { AssertionError } from 'node:assert'
import { registerHooks } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'

import type { BrokenStep } from './broken-steps.ts'

/** What a thread is asked to do. */
export interface BrokenStepRun {
  readonly step: BrokenStep
  readonly firstSeed: number
  readonly histories: number
}

/** What it tells: the seed of the history that showed the break and how, or why there was nothing to be seen. */
export type BrokenStepResult =
  { readonly seed: number; readonly how: string } | { readonly error: string } | { readonly unnoticed: true }

const { step, firstSeed, histories } = workerData as BrokenStepRun

/** Loads the framework's sources with the step taken out, in this thread alone. */
let changed = 0
registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.endsWith(`/framework/object-store/src/${step.file}`)) return loaded
    let source = String(loaded.source)
    for (const [before, after] of step.changes) {
      const [head, tail, ...more] = source.split(before)
      if (tail === undefined || more.length > 0) throw new Error(`${step.file} has not once: ${before}`)
      source = `${head}${after}${tail}`
      changed++
    }
    return { ...loaded, source }
  },
})

const { History } = await import('./exactly-once-model.ts')

async function result(): Promise<BrokenStepResult> {
  if (changed !== step.changes.length) return { error: `${step.file} was not loaded` }
  for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
    try {
      await new History({ ...step.kind, seed }).run()
    } catch (error) {
      const { cause, message } = error as Error
      const how = message.split('\n', 1)[0] as string
      return cause instanceof AssertionError ? { seed, how } : { error: how }
    }
  }
  return { unnoticed: true }
}

parentPort?.postMessage(await result())
