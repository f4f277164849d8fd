/**
 * Resolves once a condition holds, asking every few milliseconds.
 *
 * @param what the condition in words, for the error.
 * @throws where it does not hold in time; an error of the condition itself ends the wait at once.
 */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Not in ${timeoutMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
