import { IllegalArgumentException } from '../../core/errors.ts'
import { Position } from './position.ts'

/** Why a store did not answer (Java: `FailureReason`). */
export type FailureReason =
  /** The store does not know that kind of query. */
  | 'UNKNOWN_QUERY_TYPE'
  /** An active task was asked for, and this one is not, or does not run. */
  | 'NOT_ACTIVE'
  /** The store has not come as far as the query's bound. */
  | 'NOT_UP_TO_BOUND'
  /** No task of that partition is here. */
  | 'NOT_PRESENT'
  | 'DOES_NOT_EXIST'
  /** The store failed while it looked. */
  | 'STORE_EXCEPTION'

type Outcome<R> = { readonly result: R } | { readonly reason: FailureReason; readonly message: string }

/** What one store answered. Corresponds to Java's `QueryResult` (KIP-796). */
export class QueryResult<R> {
  readonly #outcome: Outcome<R>
  readonly #executionInfo: string[] = []
  #position: Position | null = null

  private constructor(outcome: Outcome<R>) {
    this.#outcome = outcome
  }

  static forResult<R>(result: R): QueryResult<R> {
    return new QueryResult<R>({ result })
  }

  static forFailure<R>(failureReason: FailureReason, failureMessage: string): QueryResult<R> {
    return new QueryResult<R>({ reason: failureReason, message: failureMessage })
  }

  isSuccess(): boolean {
    return 'result' in this.#outcome
  }

  isFailure(): boolean {
    return !this.isSuccess()
  }

  /** @throws IllegalArgumentException for a failure, naming its reason */
  getResult(): R {
    if ('result' in this.#outcome) return this.#outcome.result
    const { reason, message } = this.#outcome
    throw new IllegalArgumentException(`Cannot get result for failed query. Failure is ${reason}: ${message}`)
  }

  /** @throws IllegalArgumentException for a success */
  getFailureReason(): FailureReason {
    return this.#failure('reason').reason
  }

  /** @throws IllegalArgumentException for a success */
  getFailureMessage(): string {
    return this.#failure('message').message
  }

  /** What was done for the answer, where the request asked for it. */
  getExecutionInfo(): readonly string[] {
    return this.#executionInfo
  }

  addExecutionInfo(message: string): void {
    this.#executionInfo.push(message)
  }

  /** How far the store had come when it answered; null where it was not asked. */
  getPosition(): Position | null {
    return this.#position
  }

  setPosition(position: Position): void {
    this.#position = position
  }

  #failure(what: string): { readonly reason: FailureReason; readonly message: string } {
    if ('result' in this.#outcome)
      throw new IllegalArgumentException(`Cannot get failure ${what} because this query did not fail.`)
    return this.#outcome
  }
}

/** What the stores of a client answered. Corresponds to Java's `StateQueryResult`. */
export class StateQueryResult<R> {
  readonly #partitionResults = new Map<number, QueryResult<R>>()
  #globalResult: QueryResult<R> | null = null

  addResult(partition: number, result: QueryResult<R>): void {
    this.#partitionResults.set(partition, result)
  }

  setGlobalResult(result: QueryResult<R>): void {
    this.#globalResult = result
  }

  /** By partition. */
  getPartitionResults(): ReadonlyMap<number, QueryResult<R>> {
    return this.#partitionResults
  }

  /** Of a global store; null for others. */
  getGlobalResult(): QueryResult<R> | null {
    return this.#globalResult
  }

  /**
   * The one answer that found something, as of a key; null where none did.
   *
   * @throws IllegalArgumentException when several partitions found something
   */
  getOnlyPartitionResult(): QueryResult<R> | null {
    const found = [...this.#partitionResults].filter(
      ([, each]) => each.isSuccess() && each.getResult() !== null,
    )
    if (found.length > 1) {
      throw new IllegalArgumentException(
        'The query did not return exactly one partition result: partitions ' +
          `${found.map(([partition]) => partition).join(', ')} have one`,
      )
    }
    return found[0]?.[1] ?? null
  }

  /** How far all the stores that answered had come: a bound for the next query that must not see less. */
  getPosition(): Position | null {
    if (this.#globalResult !== null) return this.#globalResult.getPosition()
    const position = Position.emptyPosition()
    for (const result of this.#partitionResults.values()) position.merge(result.getPosition())
    return position
  }
}
