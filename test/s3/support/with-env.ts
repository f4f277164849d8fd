/** Sets environment variables (undefined removes one) until it is disposed of. For tests that run one after the other. */
export function withEnv(changes: Readonly<Record<string, string | undefined>>): Disposable {
  const before = Object.fromEntries(Object.keys(changes).map((name) => [name, process.env[name]]))
  set(changes)
  return { [Symbol.dispose]: () => set(before) }
}

function set(values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
}
