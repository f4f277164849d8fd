import type { Cancellable, PunctuationType, Punctuator } from './processor.ts'
import { JavaPriorityQueue } from '../core/java-priority-queue.ts'

interface Schedule extends Cancellable {
  readonly owner: PunctuationOwner
  readonly punctuator: Punctuator
  readonly intervalMs: number
  time: number
  cancelled: boolean
}

/** The node a punctuation belongs to. */
export interface PunctuationOwner {
  punctuate(timestamp: number, type: PunctuationType, punctuator: Punctuator): void
}

/** The next time on the grid that is after `now`; skipped intervals do not fire later. */
function nextTime(time: number, intervalMs: number, now: number): number {
  const next = time + intervalMs
  if (now < next) return next
  const missed = Math.floor((now - time) / intervalMs)
  return time + (missed + 1) * intervalMs
}

/** The punctuations of one task that follow one clock. Corresponds to Java's `PunctuationQueue`. */
export class PunctuationQueue {
  readonly #type: PunctuationType
  readonly #queue = new JavaPriorityQueue<Schedule>((a, b) => a.time - b.time)

  constructor(type: PunctuationType) {
    this.#type = type
  }

  get isEmpty(): boolean {
    return this.#queue.size === 0
  }

  /** @param anchoredAt set when the grid begins at `time` even if that lies before this moment */
  schedule(
    owner: PunctuationOwner,
    time: number,
    intervalMs: number,
    punctuator: Punctuator,
    anchoredAt: number | null,
  ): Cancellable {
    const first = anchoredAt !== null && time < anchoredAt ? nextTime(time, intervalMs, anchoredAt) : time
    const schedule: Schedule = {
      owner,
      punctuator,
      intervalMs,
      time: first,
      cancelled: false,
      cancel: () => {
        schedule.cancelled = true
      },
    }
    this.#queue.add(schedule)
    return schedule
  }

  /** Fires what is due, each at most once. */
  punctuate(now: number): boolean {
    let fired = false
    for (let top = this.#queue.peek(); top !== null && top.time <= now; top = this.#queue.peek()) {
      this.#queue.poll()
      if (top.cancelled) continue
      top.owner.punctuate(now, this.#type, top.punctuator)
      fired = true
      if (top.cancelled) continue
      top.time = nextTime(top.time, top.intervalMs, now)
      this.#queue.add(top)
    }
    return fired
  }
}
