/** Without CPU time of the process a thread may stand still so many times longer: blocked in a call, say. */
const PATIENCE = 6

/**
 * Whether a thread that has not beaten for a while is to blame for it. A busy thread uses CPU time. If the whole
 * process got hardly any, other processes kept the machine busy. Ending the thread would make that worse: its tasks
 * start again, which takes CPU time.
 *
 * @param standsMs wall-clock time since the thread's last beat.
 * @param cpuMs CPU time of the process, of all threads, since then.
 * @param timeoutMs `task.thread.stall.timeout.ms`
 */
export function isStalled(standsMs: number, cpuMs: number, timeoutMs: number): boolean {
  if (standsMs <= timeoutMs) return false
  return cpuMs >= timeoutMs / 2 || standsMs > timeoutMs * PATIENCE
}
