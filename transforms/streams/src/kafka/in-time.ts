import type { Clock } from '@spillway/api'

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
