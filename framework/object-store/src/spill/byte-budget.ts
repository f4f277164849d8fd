import { threadId } from 'node:worker_threads'
import { ConnectError } from '@spillway/api'

/** Budgets are counted in KiB, so that 32 bits reach to 2 TiB. */
const UNIT = 1024
const MAX_MEMBERS = 2048
/** Places in the shared memory. */
const EPOCH = 0
const USED = 1
const TOTAL = 2
/** Members that hold something. */
const ACTIVE = 3
const PRESSURE = 4
const SLOTS = 8

/**
 * A number of bytes that all tasks of a worker share, in whichever thread they run: `buffer.memory.bytes` for memory,
 * `buffer.disk.bytes` for the spill logs. One atomic counter tells what is used; what each member uses is kept beside
 * it, so that a thread that dies gives its part back.
 *
 * @example
 * const budget = new ByteBudget(64 * 1024 * 1024) // in the worker's main thread
 * const same = ByteBudget.attach(budget.shared) // in a task's thread
 */
export class ByteBudget {
  /** To be handed to other threads. */
  readonly shared: SharedArrayBuffer
  readonly #cells: Int32Array<SharedArrayBuffer>

  /** @param source the number of bytes, or the `shared` of another thread's budget (see {@link ByteBudget.attach}). */
  constructor(source: number | SharedArrayBuffer) {
    if (typeof source !== 'number') {
      this.shared = source
      this.#cells = new Int32Array(source)
      return
    }
    const units = Math.floor(source / UNIT)
    if (!(units >= 0 && units < 2 ** 31))
      throw new ConnectError(`A budget of ${source} bytes cannot be counted`)
    this.shared = new SharedArrayBuffer((SLOTS + 2 * MAX_MEMBERS) * Int32Array.BYTES_PER_ELEMENT)
    this.#cells = new Int32Array(this.shared)
    this.#cells[TOTAL] = units
  }

  /** The budget of another thread. */
  static attach(shared: SharedArrayBuffer): ByteBudget {
    return new ByteBudget(shared)
  }

  get total(): number {
    return Atomics.load(this.#cells, TOTAL) * UNIT
  }

  get used(): number {
    return Atomics.load(this.#cells, USED) * UNIT
  }

  /** Becomes a user of this budget. @throws {ConnectError} beyond 2048 at once. */
  join(): BudgetMember {
    for (let slot = 0; slot < MAX_MEMBERS; slot++) {
      const cell = SLOTS + 2 * slot
      if (Atomics.compareExchange(this.#cells, cell, 0, threadId + 1) === 0) {
        Atomics.store(this.#cells, cell + 1, 0)
        return new BudgetMember(this.#cells, cell)
      }
    }
    throw new ConnectError(`More than ${MAX_MEMBERS} tasks share one budget: run more workers`)
  }

  /** Gives back what the members of a thread held that has ended without closing them. */
  reclaimThread(endedThreadId: number): void {
    for (let slot = 0; slot < MAX_MEMBERS; slot++) {
      const cell = SLOTS + 2 * slot
      if (Atomics.load(this.#cells, cell) === endedThreadId + 1) leave(this.#cells, cell)
    }
  }
}

/** One user of a {@link ByteBudget}: a spill buffer. Belongs to one thread. Sizes count in whole KiB, rounded up. */
export class BudgetMember {
  readonly #cells: Int32Array<SharedArrayBuffer>
  readonly #cell: number
  #isOpen = true

  constructor(cells: Int32Array<SharedArrayBuffer>, cell: number) {
    this.#cells = cells
    this.#cell = cell
  }

  /** Bytes this member holds. */
  get used(): number {
    return Atomics.load(this.#cells, this.#cell + 1) * UNIT
  }

  /** What each member could hold if all that hold anything held the same. */
  get fairShare(): number {
    return (Atomics.load(this.#cells, TOTAL) * UNIT) / Math.max(1, Atomics.load(this.#cells, ACTIVE))
  }

  /** True where another member, short of its fair share, was refused since this one last gave way. */
  get isPressed(): boolean {
    return Atomics.load(this.#cells, PRESSURE) !== 0 && this.used > this.fairShare
  }

  /** Bytes by which all members together exceed the budget, after an {@link overdraw}. */
  get excess(): number {
    return Math.max(0, Atomics.load(this.#cells, USED) - Atomics.load(this.#cells, TOTAL)) * UNIT
  }

  /** Counts up whenever any member gives something back. */
  get epoch(): number {
    return Atomics.load(this.#cells, EPOCH)
  }

  /** Takes bytes; false, and nothing taken, where the budget has not as many. */
  tryReserve(bytes: number): boolean {
    const units = Math.ceil(bytes / UNIT)
    const before = Atomics.add(this.#cells, USED, units)
    if (before + units <= Atomics.load(this.#cells, TOTAL)) {
      this.#hold(units)
      return true
    }
    Atomics.sub(this.#cells, USED, units)
    if (this.used < this.fairShare) Atomics.store(this.#cells, PRESSURE, 1)
    return false
  }

  /** Takes bytes whatever the budget says: for the one record that must go somewhere. */
  overdraw(bytes: number): void {
    const units = Math.ceil(bytes / UNIT)
    Atomics.add(this.#cells, USED, units)
    this.#hold(units)
  }

  /** Gives bytes back, in pieces of the sizes they were taken in. */
  release(bytes: number): void {
    if (!this.#isOpen) return
    const units = Math.ceil(bytes / UNIT)
    if (Atomics.sub(this.#cells, this.#cell + 1, units) === units) Atomics.sub(this.#cells, ACTIVE, 1)
    Atomics.sub(this.#cells, USED, units)
    announce(this.#cells)
  }

  /** Tells who waits that room was made, though nothing went back to the budget. */
  announce(): void {
    announce(this.#cells)
  }

  /** This member has given way: others may ask anew. */
  relieved(): void {
    Atomics.store(this.#cells, PRESSURE, 0)
  }

  /** Resolves once {@link epoch} is no longer what it was, or after `timeoutMs`. @throws the signal's reason. */
  async waitForRelease(epoch: number, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const waiting = Atomics.waitAsync(this.#cells, EPOCH, epoch, timeoutMs)
    if (!waiting.async) return
    if (signal === undefined) {
      await waiting.value
      return
    }
    signal.throwIfAborted()
    const aborted = Promise.withResolvers<never>()
    const onAbort = (): void => aborted.reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await Promise.race([waiting.value, aborted.promise])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Gives everything back. Idempotent. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    leave(this.#cells, this.#cell)
  }

  #hold(units: number): void {
    if (Atomics.add(this.#cells, this.#cell + 1, units) === 0 && units > 0)
      Atomics.add(this.#cells, ACTIVE, 1)
  }
}

function leave(cells: Int32Array<SharedArrayBuffer>, cell: number): void {
  const held = Atomics.exchange(cells, cell + 1, 0)
  Atomics.sub(cells, USED, held)
  if (held > 0) Atomics.sub(cells, ACTIVE, 1)
  Atomics.store(cells, cell, 0)
  announce(cells)
}

function announce(cells: Int32Array<SharedArrayBuffer>): void {
  Atomics.add(cells, EPOCH, 1)
  Atomics.notify(cells, EPOCH)
}
