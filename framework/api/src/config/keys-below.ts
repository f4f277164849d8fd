import type { RawConfig } from './raw-config.ts'

/** The keys of configurations in order, so that those with one prefix stand side by side. */
const sorted = new WeakMap<RawConfig, readonly string[]>()

/** The keys with a prefix. Many prefixes of one configuration are found without looking through all of it each time. */
export function keysBelow(config: RawConfig, prefix: string): readonly string[] {
  let keys = sorted.get(config)
  if (keys === undefined) {
    keys = Object.keys(config).toSorted()
    sorted.set(config, keys)
  }
  let [from, to] = [0, keys.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((keys[middle] ?? '') < prefix) from = middle + 1
    else to = middle
  }
  let end = from
  while (keys[end]?.startsWith(prefix) === true) end++
  return keys.slice(from, end)
}
