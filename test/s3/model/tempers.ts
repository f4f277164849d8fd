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
  /** The owner loses the partition and gets it again. */
  readonly reassign: number
}

/** Long lives, one of which is frozen now and then while an operator sets the group back. */
export const SELDOM_RESET: Temper = {
  request: 48,
  records: 20,
  time: 8,
  commit: 12,
  zombie: 7,
  crash: 1,
  freeze: 1,
  handOver: 0,
  reset: 3,
  reassign: 0,
}

/** Nothing but frozen processes that go on. */
export const FROZEN: Temper = {
  request: 48,
  records: 14,
  time: 8,
  commit: 2,
  zombie: 18,
  crash: 0,
  freeze: 10,
  handOver: 0,
  reset: 0,
  reassign: 0,
}

/** A history has one of these. */
export const TEMPERS: readonly Temper[] = [
  {
    request: 45,
    records: 20,
    time: 10,
    commit: 9,
    zombie: 6,
    crash: 3,
    freeze: 3,
    handOver: 2,
    reset: 1,
    reassign: 1,
  },
  // Long lives.
  {
    request: 49,
    records: 22,
    time: 10,
    commit: 10,
    zombie: 5,
    crash: 1,
    freeze: 1,
    handOver: 1,
    reset: 0,
    reassign: 1,
  },
  // Zombies that are at it as long as the owner.
  {
    request: 43,
    records: 15,
    time: 7,
    commit: 8,
    zombie: 15,
    crash: 3,
    freeze: 6,
    handOver: 1,
    reset: 1,
    reassign: 1,
  },
  // An operator who tries again and again.
  {
    request: 44,
    records: 17,
    time: 8,
    commit: 9,
    zombie: 8,
    crash: 1,
    freeze: 5,
    handOver: 1,
    reset: 5,
    reassign: 2,
  },
  SELDOM_RESET,
  FROZEN,
]
