import { existsSync } from 'node:fs'
import type { ByteBudget } from './byte-budget.ts'
import { sweepSpillThread } from './spill-directory.ts'

export interface ThreadBuffers {
  readonly memory: ByteBudget
  readonly disk: ByteBudget
  /** `buffer.dir` */
  readonly directory: string
}

/**
 * Gives back what the spill buffers of a task thread held that has ended without closing them: its part of both
 * budgets and its files. Called by the thread that owns the pool, once the other one has exited.
 */
export function reclaimSpillThread(buffers: ThreadBuffers, endedThreadId: number): void {
  if (existsSync(buffers.directory)) sweepSpillThread(buffers.directory, endedThreadId)
  buffers.disk.reclaimThread(endedThreadId)
  buffers.memory.reclaimThread(endedThreadId)
}
