/** How often what happens, of a hundred times. */
export interface Temper {
  /** A request of some process comes to its end. */
  readonly request: number
  readonly records: number
  readonly time: number
  readonly commit: number
  readonly zombie: number
  readonly crash: number
  readonly freeze: number
  readonly handOver: number
  readonly reset: number
}

/** A history has one of these. */
export const TEMPERS: readonly Temper[] = [
  { request: 45, records: 20, time: 10, commit: 9, zombie: 6, crash: 4, freeze: 3, handOver: 2, reset: 1 },
  // Long lives.
  { request: 50, records: 22, time: 10, commit: 10, zombie: 5, crash: 1, freeze: 1, handOver: 1, reset: 0 },
  // Zombies that are at it as long as the owner.
  { request: 43, records: 15, time: 7, commit: 8, zombie: 16, crash: 3, freeze: 6, handOver: 1, reset: 1 },
  // An operator who tries again and again.
  { request: 44, records: 17, time: 8, commit: 9, zombie: 8, crash: 3, freeze: 5, handOver: 1, reset: 5 },
]
