/**
 * A client that is closed at the end of its scope, however that comes: one that stays open keeps the process of a test that has
 * failed from ending, and so the run.
 */
export function closing<T extends { close(): Promise<unknown> }>(client: T): T & AsyncDisposable {
  return Object.assign(client, {
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await client.close()
    },
  })
}
