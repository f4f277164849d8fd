import type { OffsetAndMetadata, RawConfig, SinkTaskContext, TopicPartition } from '@spillway/api'
import { PartitionChain } from '../commits/partition-chain.ts'
import { ClaimLostError } from '../commits/partition-ledger.ts'
import type { SpillBuffer } from '../spill/spill-buffer.ts'
import { AgreedCuts } from '../commits/agreed-cuts.ts'
import { BatchCommits } from '../commits/batch-commits.ts'
import type { Commits, UploadRunner } from '../commits/commits.ts'
import { PartitionWriter } from './partition-writer.ts'
import type { ProjectionNotices } from './projection-notices.ts'
import { ReplacingCommits } from '../commits/replacing-commits.ts'
import type { WriterSettings } from '../settings/writer-settings.ts'

/** What the partitions of a task share. */
export interface PartitionResources {
  readonly settings: WriterSettings
  readonly config: RawConfig
  readonly context: SinkTaskContext
  readonly runner: UploadRunner
  readonly spill: SpillBuffer
  readonly projections: ProjectionNotices
  /** Whether partitions are claimed and written as chains. */
  readonly isChained: boolean
  /** Whether every life must cut files at the same offsets, also where the buffer is full. */
  readonly agreesOnCuts: boolean
  /** Told when a partition can be written, or no more. */
  readonly onChange: () => void
  /** Told what fails the task. */
  readonly onFailure: (error: unknown) => void
}

/** Least pause in ms between two requests for a commit that bears a cut. */
const ASK_AGAIN_MS = 200

/** One Kafka partition from `open` to `close`: its writer, and its claim where there is one. */
export class AssignedPartition {
  readonly partition: TopicPartition
  readonly #resources: PartitionResources
  readonly #closed = new AbortController()
  /** Resolves once it is known whether this task may write the partition: false where it was lost or given up. */
  readonly claimed: Promise<boolean>
  #writer: PartitionWriter | undefined
  #chain: PartitionChain | undefined
  #isLost = false
  readonly #committed: OffsetAndMetadata | null | undefined
  readonly #cuts: AgreedCuts | undefined
  #askedAt = 0

  /**
   * @param committed the group's position as it was when the partition was assigned.
   * @param cuts those of the life before, where the partition is read again.
   */
  constructor(
    partition: TopicPartition,
    resources: PartitionResources,
    committed?: OffsetAndMetadata | null,
    cuts?: AgreedCuts,
  ) {
    this.partition = partition
    this.#resources = resources
    this.#committed = committed
    if (resources.agreesOnCuts) this.#cuts = cuts ?? new AgreedCuts(committed)
    if (resources.isChained) this.claimed = this.#claim(committed)
    else {
      const Unchained = resources.settings.replaces === true ? ReplacingCommits : BatchCommits
      this.#writer = this.#newWriter(new Unchained(partition, resources.settings, resources.runner))
      this.claimed = Promise.resolve(true)
    }
  }

  /** Undefined until the claim stands, and after it was lost: then no record may be written. */
  get writer(): PartitionWriter | undefined {
    return this.#writer
  }

  /** True where another task writes this partition now: what comes is no business of this one. */
  get isLost(): boolean {
    return this.#isLost
  }

  /**
   * What is safe to commit.
   *
   * @param position up to where records were written, or had nothing to be written.
   * @returns undefined where nothing is known to be safe now.
   */
  async safeOffset(position: bigint): Promise<OffsetAndMetadata | undefined> {
    if (this.#writer === undefined) return undefined
    const { frontier } = this.#writer
    const offset = frontier !== undefined && frontier < position ? frontier : position
    if (this.#chain === undefined) {
      const metadata = this.#cuts?.metadata(offset)
      return metadata === undefined ? { offset } : { offset, metadata }
    }
    try {
      return await this.#chain.advance(offset, this.#closed.signal)
    } catch (error) {
      if (this.#closed.signal.aborted) return undefined
      if (!(error instanceof ClaimLostError)) throw error
      this.#lose(error)
      return undefined
    }
  }

  /**
   * What the group's position still has to say to a life that reads the partition again: an operator's reset is in force
   * until the ledger has moved on from it.
   */
  get committedUnlessAdvanced(): OffsetAndMetadata | null | undefined {
    return this.#chain?.hasAdvanced === true ? undefined : this.#committed
  }

  /** The cuts that lives have agreed on, for the life that reads the partition again. */
  get cuts(): AgreedCuts | undefined {
    return this.#cuts
  }

  /** True while a cut waits for the group to bear it. */
  get isCutting(): boolean {
    return this.#cuts?.isPending === true
  }

  /**
   * Commits what is open before its rotation is due: at once where lives need not cut at the same offsets, else when
   * the group's commit holds the cut ({@link settleCut}). False where nothing is open that may be.
   */
  makeRoom(): boolean {
    const writer = this.#writer
    if (writer === undefined) return false
    if (this.#cuts === undefined) return writer.makeRoom()
    if (writer.openFiles === 0 || !this.#cuts.ask(writer.nextOffset)) return false
    this.#askedAt = this.#resources.context.clock.now()
    this.#resources.context.requestCommit()
    return true
  }

  /** Makes the cut that was asked for if the group's commit holds it now; else asks for the commit again. */
  async settleCut(): Promise<void> {
    const { context } = this.#resources
    const cuts = this.#cuts
    if (cuts === undefined || !cuts.isPending) return
    if (cuts.wasTold) {
      const [committed] = (await context.committed?.([this.partition]).catch(() => undefined)) ?? []
      if (cuts.confirm(committed)) {
        this.#writer?.makeRoom()
        return
      }
    }
    const now = context.clock.now()
    if (now - this.#askedAt < ASK_AGAIN_MS) return
    this.#askedAt = now
    context.requestCommit()
  }

  /** Drops open files and aborts uploads: whoever owns the partition next reads them again. Idempotent. */
  close(): void {
    this.#closed.abort(new Error(`${this.partition.topic}-${this.partition.partition} was given up`))
    this.#writer?.drop()
    this.#writer = undefined
  }

  async #claim(committed: OffsetAndMetadata | null | undefined): Promise<boolean> {
    const { settings, runner, context, config, onChange, onFailure } = this.#resources
    const { partition } = this
    try {
      const onLost = (error: ClaimLostError): void => {
        this.#lose(error)
        onChange()
      }
      const parts = { partition, settings, runner, context, config, committed, onLost }
      const chain = await PartitionChain.claim(parts, this.#closed.signal)
      if (this.#closed.signal.aborted) return false
      this.#chain = chain
      this.#writer = this.#newWriter(chain.commits)
    } catch (error) {
      if (this.#closed.signal.aborted) return false
      if (error instanceof ClaimLostError) this.#lose(error)
      else onFailure(error)
    }
    onChange()
    return this.#chain !== undefined
  }

  #newWriter(commits: Commits): PartitionWriter {
    const { settings, spill, runner, context, projections } = this.#resources
    return new PartitionWriter(this.partition, settings, {
      spill,
      runner,
      commits,
      cuts: this.#cuts,
      projections,
      now: context.clock.now(),
    })
  }

  #lose(error: ClaimLostError): void {
    this.#isLost = true
    this.#resources.context.logger.error(error.message)
    this.#resources.context.notice(error.message)
    this.#writer?.drop()
    this.#writer = undefined
  }
}
