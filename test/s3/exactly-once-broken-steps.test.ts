import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'
import { Worker } from 'node:worker_threads'

import type { BrokenStepResult, BrokenStepRun } from './model/broken-step-thread.ts'
import { BROKEN_STEPS, type BrokenStep } from './model/broken-steps.ts'

/** So many histories, from the same seed each time, may pass before a broken step is noticed. */
const PATIENCE = 800

/** Runs histories in a thread of their own, whose framework lacks the step. */
async function run(step: BrokenStep): Promise<BrokenStepResult> {
  const workerData: BrokenStepRun = { step, firstSeed: 1, histories: PATIENCE }
  const thread = new Worker(new URL('model/broken-step-thread.ts', import.meta.url), { workerData })
  try {
    const [result] = (await once(thread, 'message')) as [BrokenStepResult]
    return result
  } finally {
    await thread.terminate()
  }
}

for (const [name, step] of Object.entries(BROKEN_STEPS)) {
  test(`the model notices where ${name}`, async (t) => {
    const result = await run(step)
    assert.ok('how' in result, `${PATIENCE} histories: ${JSON.stringify(result)}`)
    t.diagnostic(result.how)
  })
}
