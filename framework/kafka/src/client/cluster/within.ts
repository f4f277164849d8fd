import type { Clock } from '@spillway/api'

/** Waits for `work`, but no longer than so many milliseconds. */
export async function within(clock: Clock, ms: number, work: Promise<unknown> | undefined): Promise<void> {
  const done = new AbortController()
  const patience = clock.sleep(Math.min(ms, MAX_TIMER_MS), done.signal).catch(() => undefined)
  try {
    await Promise.race([work, patience])
  } finally {
    done.abort()
  }
}

/** Timers take no more: some 24 days. */
export const MAX_TIMER_MS = 0x7fffffff
