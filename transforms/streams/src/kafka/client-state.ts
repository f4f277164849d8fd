import { IllegalStateException } from '../core/errors.ts'
import type { ThreadState } from './thread-settings.ts'

/** Where a client stands (Java: `KafkaStreams.State`). */
export type KafkaStreamsState =
  'CREATED' | 'REBALANCING' | 'RUNNING' | 'PENDING_SHUTDOWN' | 'NOT_RUNNING' | 'PENDING_ERROR' | 'ERROR'

/** Told of each change. */
export type StateListener = (newState: KafkaStreamsState, oldState: KafkaStreamsState) => void

const transitions: Readonly<Record<KafkaStreamsState, readonly KafkaStreamsState[]>> = {
  CREATED: ['REBALANCING', 'PENDING_SHUTDOWN', 'PENDING_ERROR'],
  REBALANCING: ['RUNNING', 'PENDING_SHUTDOWN', 'PENDING_ERROR'],
  RUNNING: ['REBALANCING', 'PENDING_SHUTDOWN', 'PENDING_ERROR'],
  PENDING_SHUTDOWN: ['NOT_RUNNING'],
  NOT_RUNNING: [],
  PENDING_ERROR: ['ERROR'],
  ERROR: [],
}

/** The state of a client, with who is told of it. */
export class ClientState {
  #value: KafkaStreamsState = 'CREATED'
  #listener: StateListener | undefined
  #waiting: { readonly states: ReadonlySet<KafkaStreamsState>; readonly done: () => void }[] = []

  get value(): KafkaStreamsState {
    return this.#value
  }

  /** @throws IllegalStateException once the client has started, as in Java */
  listen(listener: StateListener): void {
    if (this.#value !== 'CREATED')
      throw new IllegalStateException('Can only set StateListener before calling start().')
    this.#listener = listener
  }

  /** False when the change is not possible: the client is past it. */
  to(next: KafkaStreamsState): boolean {
    const before = this.#value
    if (before === next || !transitions[before].includes(next)) return false
    this.#value = next
    this.#listener?.(next, before)
    const due = this.#waiting.filter(({ states }) => states.has(next))
    this.#waiting = this.#waiting.filter(({ states }) => !states.has(next))
    for (const { done } of due) done()
    return true
  }

  /** Resolves when one of the states is reached; at once when it is one now. */
  async reached(...states: readonly KafkaStreamsState[]): Promise<void> {
    if (states.includes(this.#value)) return
    await new Promise<void>((done) => this.#waiting.push({ states: new Set(states), done }))
  }

  /** What the states of threads make of the client, while it is neither stopping nor failed. */
  follow(threads: readonly ThreadState[]): void {
    if (threads.length === 0) return
    const alive = threads.filter((state) => state !== 'DEAD' && state !== 'PENDING_SHUTDOWN')
    if (alive.length === 0) return
    if (alive.every((state) => state === 'RUNNING')) this.to('RUNNING')
    else if (this.#value === 'RUNNING') this.to('REBALANCING')
  }
}
