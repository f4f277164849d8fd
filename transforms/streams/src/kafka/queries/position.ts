import { IllegalArgumentException } from '../../core/errors.ts'

/**
 * How far the input of a store has been applied: by topic and partition the offset of the last record. It grows only. Corresponds to
 * Java's `Position` (KIP-796).
 */
export class Position {
  readonly #offsets = new Map<string, Map<number, bigint>>()

  static emptyPosition(): Position {
    return new Position()
  }

  /** From offsets by topic and partition. */
  static fromMap(offsets: ReadonlyMap<string, ReadonlyMap<number, bigint>>): Position {
    const position = new Position()
    for (const [topic, partitions] of offsets)
      for (const [partition, offset] of partitions) position.withComponent(topic, partition, offset)
    return position
  }

  /**
   * Adds an offset to this position; one that is behind the known one changes nothing.
   *
   * @throws IllegalArgumentException for an offset that is no bigint
   */
  withComponent(topic: string, partition: number, offset: bigint): this {
    if (typeof offset !== 'bigint')
      throw new IllegalArgumentException(`The offset of ${topic}-${partition} must be a bigint`)
    const partitions = this.#offsets.get(topic) ?? new Map<number, bigint>()
    this.#offsets.set(topic, partitions)
    const known = partitions.get(partition)
    if (known === undefined || offset > known) partitions.set(partition, offset)
    return this
  }

  /** Adds all of another position to this one. */
  merge(other: Position | null): this {
    if (other === null) return this
    for (const topic of other.getTopics())
      for (const [partition, offset] of other.getPartitionPositions(topic))
        this.withComponent(topic, partition, offset)
    return this
  }

  copy(): Position {
    return new Position().merge(this)
  }

  getTopics(): ReadonlySet<string> {
    return new Set(this.#offsets.keys())
  }

  /** By partition. */
  getPartitionPositions(topic: string): ReadonlyMap<number, bigint> {
    return this.#offsets.get(topic) ?? new Map()
  }

  isEmpty(): boolean {
    return this.#offsets.size === 0
  }

  equals(other: Position): boolean {
    return this.toString() === other.toString()
  }

  toString(): string {
    const topics = [...this.#offsets]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([topic, partitions]) => {
        const offsets = [...partitions]
          .sort(([a], [b]) => a - b)
          .map(([partition, offset]) => `${partition}=${offset}`)
        return `${topic}={${offsets.join(', ')}}`
      })
    return `Position{position={${topics.join(', ')}}}`
  }
}

/** How far the stores that answer a query must have come. Corresponds to Java's `PositionBound`. */
export class PositionBound {
  readonly #position: Position

  private constructor(position: Position) {
    this.#position = position.copy()
  }

  static unbounded(): PositionBound {
    return new PositionBound(Position.emptyPosition())
  }

  static at(position: Position): PositionBound {
    return new PositionBound(position)
  }

  isUnbounded(): boolean {
    return this.#position.isEmpty()
  }

  position(): Position {
    return this.#position
  }

  /** Whether a store of that partition that has come so far may answer. What the bound does not name counts as reached. */
  isReachedBy(position: Position, partition: number): boolean {
    for (const topic of this.#position.getTopics()) {
      const bound = this.#position.getPartitionPositions(topic).get(partition)
      if (bound === undefined) continue
      const seen = position.getPartitionPositions(topic).get(partition)
      if (seen === undefined || seen < bound) return false
    }
    return true
  }

  toString(): string {
    return `PositionBound{position=${this.#position.toString()}}`
  }
}
