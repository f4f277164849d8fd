import type { OffsetAndMetadata } from '@spillway/api'

/** What the metadata of a commit begins with that bears cuts. */
const MARK = 'spillway-cuts:'
/** Beyond every offset. */
const NEVER = 2n ** 63n
/** Kafka takes metadata of 4096 bytes. */
const MOST_AHEAD = 128
/** So many are kept though they lie behind, for a partition that is read again after a commit that failed. */
const MOST_KEPT = 1024

/**
 * Where the open files of a Kafka partition are committed before their rotation is due because the buffer is full,
 * under rotation that a replay otherwise repeats. The buffer of the next life would be full at another offset. So a cut
 * is made only when it is in the group's committed metadata, and every later life cuts there too. The coordinator takes
 * that commit from the partition's owner alone: a task that does not know of its end never makes a cut of its own.
 */
export class AgreedCuts {
  /** Ascending; a cut at an offset comes before it. */
  #cuts: bigint[]
  #asked: bigint | undefined
  #wasTold = false
  #next = NEVER
  #frontier: bigint

  /** @param committed as it was when the partition was assigned. */
  constructor(committed: OffsetAndMetadata | null | undefined) {
    this.#frontier = committed?.offset ?? 0n
    this.#cuts = cutsOf(committed)
    this.#passed(-1n)
  }

  /** No record from this offset on may join files with records before it. */
  get next(): bigint {
    return this.#next
  }

  /** A cut was asked for that the group does not bear yet: until it does, no record from {@link next} on is taken. */
  get isPending(): boolean {
    return this.#asked !== undefined
  }

  /** Whether the metadata of a commit has borne what was asked for. */
  get wasTold(): boolean {
    return this.#wasTold
  }

  /** Asks for a cut; false where so many are on their way that some must become durable first. */
  ask(offset: bigint): boolean {
    const ahead = this.#cuts.filter((cut) => cut > this.#frontier).length
    if (this.#asked !== undefined || ahead >= MOST_AHEAD) return false
    this.#asked = offset
    this.#wasTold = false
    if (offset < this.#next) this.#next = offset
    return true
  }

  /** Metadata of a commit: the cuts that a life which begins at that offset will come to. */
  metadata(offset: bigint): string | undefined {
    this.#frontier = offset
    const all = this.#asked === undefined ? this.#cuts : [...this.#cuts, this.#asked]
    this.#wasTold = this.#asked !== undefined
    const ahead = all.filter((cut) => cut > offset)
    return ahead.length === 0 ? undefined : MARK + ahead.join(',')
  }

  /** Whether what was asked for stands in what the group has committed; then it holds. */
  confirm(committed: OffsetAndMetadata | null | undefined): boolean {
    const asked = this.#asked
    if (asked === undefined || !cutsOf(committed).includes(asked)) return false
    this.#asked = undefined
    this.#cuts = [...this.#cuts, asked].sort((a, b) => (a < b ? -1 : 1)).slice(-MOST_KEPT)
    return true
  }

  /** Records from that offset on are written: cuts before it have been made, or had nothing to cut. */
  pass(offset: bigint): void {
    this.#passed(offset)
  }

  /** The partition is read again from an earlier offset. */
  restart(): void {
    this.#asked = undefined
    this.#passed(-1n)
  }

  #passed(offset: bigint): void {
    this.#next = this.#cuts.find((cut) => cut > offset) ?? NEVER
    if (this.#asked !== undefined && this.#asked < this.#next) this.#next = this.#asked
  }
}

function cutsOf(committed: OffsetAndMetadata | null | undefined): bigint[] {
  const { metadata } = committed ?? {}
  if (metadata?.startsWith(MARK) !== true) return []
  const cuts = metadata.slice(MARK.length).split(',')
  return cuts.filter((cut) => /^\d{1,19}$/.test(cut)).map(BigInt)
}
