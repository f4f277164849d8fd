/** A small generator of numbers from 0 to 1 (mulberry32), so that a failing run can be repeated by its seed. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The seed of this run: SPILLWAY_SEED, or another one each time. */
export function runSeed(): number {
  return Number(process.env['SPILLWAY_SEED'] ?? Date.now() % 1_000_000_000)
}
