import type { Clock } from '@spillway/api'

/** How to end. */
export interface CloseOptions {
  /** After so many ms it gives up waiting; by default it waits until all is closed. */
  readonly timeoutMs?: number
  /**
   * Whether static members (`group.instance.id`) leave the group, so that others have their tasks at once; others always leave.
   * Default false: their tasks wait for `session.timeout.ms` for their return. A removed thread always leaves.
   */
  readonly leaveGroup?: boolean
}

/** Whether it was done in time; undefined: whenever. It goes on in any case. */
export async function inTime(
  clock: Clock,
  done: Promise<void>,
  timeoutMs: number | undefined,
): Promise<boolean> {
  if (timeoutMs === undefined) {
    await done
    return true
  }
  const timer = new AbortController()
  const late = clock.sleep(timeoutMs, timer.signal).then(
    () => false,
    () => true,
  )
  const isInTime = await Promise.race([done.then(() => true), late])
  timer.abort()
  return isInTime
}
