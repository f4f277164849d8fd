import { ConnectError, isPreconditionFailed, type TopicPartition, type WriteCondition } from '@spillway/api'
import type { FileBuffer, SpillBuffer } from '../spill/spill-buffer.ts'
import { writeObject } from '../upload/write-object.ts'
import type { Commits, UploadRunner } from './commits.ts'
import { type FileObject, fileObjects } from './file-objects.ts'
import type { OpenFile } from '../rotation/open-file.ts'
import { Waiters } from './waiters.ts'
import type { WriterSettings } from '../settings/writer-settings.ts'
import { FramedBuffer } from '../spill/framed-buffer.ts'
import { markMetadata, markOf, type ObjectMark } from './object-mark.ts'
import { ClaimLostError, type Cuts, type LedgerState } from './partition-ledger.ts'

/**
 * Commits that hold under any rotation (docs/decisions/0010): the objects of each output partition form a chain whose
 * links are created, never replaced, each after its forerunner is durable. Where a link is there already, an earlier
 * life or a task that does not know of its end wrote it: it is adopted, and the own file goes on after it.
 */
export class ChainCommits implements Commits {
  readonly #partition: TopicPartition
  readonly #settings: WriterSettings
  readonly #runner: UploadRunner
  readonly #identity: string
  readonly #connector: string
  /** What every life that read the ledger leaves out: all before its frontier. */
  readonly #from: bigint
  /** Last offset that the store holds, of each output partition in which that may still be to come. */
  readonly #durable: Map<string, bigint>
  /** Links on their way, of each output partition, in order; only the first is being written. */
  readonly #links = new Map<string, OpenFile[]>()
  readonly #open = new Map<string, OpenFile>()
  readonly #waiters = new Waiters()
  readonly #dropped = new AbortController()
  /** Where earlier lives have decided that files end. */
  readonly #inherited: Cuts
  /** Files whose end the ledger knows. */
  readonly #planned = new WeakSet<OpenFile>()
  readonly #plan: (cuts: () => Cuts, signal: AbortSignal) => Promise<void>
  readonly #onLost: (error: ClaimLostError) => void
  #pending = 0

  constructor(
    partition: TopicPartition,
    parts: {
      readonly settings: WriterSettings
      readonly runner: UploadRunner
      readonly identity: string
      readonly connector: string
      /** As the claim found it. */
      readonly ledger: LedgerState
      /** Puts down in the ledger where files end. */
      readonly plan: (cuts: () => Cuts, signal: AbortSignal) => Promise<void>
      /** Told where it is another task's ledger by now. */
      readonly onLost: (error: ClaimLostError) => void
    },
  ) {
    this.#partition = partition
    this.#settings = parts.settings
    this.#runner = parts.runner
    this.#identity = parts.identity
    this.#connector = parts.connector
    this.#from = parts.ledger.frontier ?? -1n
    this.#durable = new Map(parts.ledger.lasts)
    this.#inherited = parts.ledger.cuts
    this.#plan = parts.plan
    this.#onLost = parts.onLost
  }

  get pending(): number {
    return this.#pending
  }

  /** Last durable offset of each output partition in which that is at or beyond an offset; forgets the others. */
  lastsFrom(frontier: bigint): ReadonlyMap<string, bigint> {
    for (const [id, last] of this.#durable) if (last < frontier) this.#durable.delete(id)
    return new Map(this.#durable)
  }

  openBuffer(spill: SpillBuffer, firstOffset: bigint): FileBuffer {
    return new FramedBuffer(spill.openFile(), firstOffset)
  }

  opened(file: OpenFile): void {
    this.#open.set(file.id, file)
  }

  forgotten(file: OpenFile): void {
    this.#open.delete(file.id)
  }

  covers(id: string, offset: bigint): boolean {
    if (offset < this.#from) return true
    const last = this.#durable.get(id)
    return last !== undefined && offset <= last
  }

  plannedEnd(id: string, firstOffset: bigint): bigint | undefined {
    return this.#inherited.get(id)?.find((end) => end >= firstOffset)
  }

  /** Where files end that may be in the store in part, as far as it was decided: by earlier lives, and by this one. */
  cuts(): Cuts {
    const cuts = new Map<string, bigint[]>()
    if (this.#settings.views.length === 1) return cuts
    const add = (id: string, end: bigint): void => {
      const ends = cuts.get(id)
      if (end <= (this.#durable.get(id) ?? -1n) || ends?.includes(end) === true) return
      if (ends === undefined) cuts.set(id, [end])
      else ends.push(end)
    }
    for (const [id, ends] of this.#inherited) for (const end of ends) add(id, end)
    for (const [id, links] of this.#links) for (const { lastOffset } of links) add(id, lastOffset)
    for (const ends of cuts.values()) ends.sort((a, b) => (a < b ? -1 : 1))
    return cuts
  }

  commit(files: readonly OpenFile[]): void {
    for (const file of files) {
      this.#open.delete(file.id)
      this.#pending++
      const links = this.#links.get(file.id)
      if (links !== undefined) {
        links.push(file)
        continue
      }
      this.#links.set(file.id, [file])
      this.#startNext(file.id)
    }
  }

  frontier(): bigint | undefined {
    let first: bigint | undefined
    const consider = (file: OpenFile): void => {
      if (first === undefined || file.firstOffset < first) first = file.firstOffset
    }
    for (const file of this.#open.values()) consider(file)
    for (const links of this.#links.values()) links.forEach(consider)
    return first
  }

  settled(): Promise<void> {
    return this.#pending === 0 ? Promise.resolve() : this.#waiters.wait()
  }

  drop(): void {
    this.#dropped.abort(new Error(`${this.#partition.topic}-${this.#partition.partition} was given up`))
    for (const links of this.#links.values()) for (const file of links) file.buffer.release()
    this.#links.clear()
    this.#open.clear()
    this.#pending = 0
    this.#waiters.wake()
  }

  #startNext(id: string): void {
    const file = this.#links.get(id)?.[0]
    if (file !== undefined) this.#runner.run(() => this.#writeLink(file), this.#dropped.signal)
  }

  async #writeLink(file: OpenFile): Promise<void> {
    for (;;) {
      if (file.isCut === true && !(await this.#resolveCut(file))) break
      const objects = fileObjects(file, this.#partition, this.#settings)
      const main = objects.at(-1) as FileObject
      if (objects.length > 1 && (await this.#writeCompanions(file, objects)) === 'taken') {
        await this.#adopt(main.key, file)
        continue
      }
      try {
        await this.#write(main, file, { absent: true })
        const { firstOffset: first, lastOffset: last, records } = file
        await this.#runner.tag(main.key, { first, last, records }, this.#dropped.signal)
        this.#raise(file.id, file.lastOffset)
        break
      } catch (error) {
        if (!isPreconditionFailed(error)) throw error
      }
      await this.#adopt(main.key, file)
    }
    this.#dropped.signal.throwIfAborted()
    this.#done(file)
  }

  /**
   * Writes what goes beside the main object, unless that is there: then its companions are, as they come first. The
   * ledger already holds the end of the file, so any other task that writes companions of this name writes the same
   * bytes. They may be replaced.
   */
  async #writeCompanions(file: OpenFile, objects: readonly FileObject[]): Promise<'written' | 'taken'> {
    await this.#ensurePlanned(file)
    const { store, retrier } = this.#runner.resources
    const signal = this.#dropped.signal
    const main = objects.at(-1) as FileObject
    if ((await retrier.run(() => store.head(main.key, signal), signal)) !== null) return 'taken'
    for (const object of objects.slice(0, -1)) await this.#write(object, file)
    return 'written'
  }

  async #ensurePlanned(file: OpenFile): Promise<void> {
    if (this.#planned.has(file)) return
    let planned: readonly OpenFile[] = []
    try {
      await this.#plan(() => {
        planned = [...this.#links.values()].flat()
        return this.cuts()
      }, this.#dropped.signal)
    } catch (error) {
      if (error instanceof ClaimLostError) this.#onLost(error)
      throw error
    }
    for (const link of planned) this.#planned.add(link)
  }

  async #write(
    { key, body, contentType }: FileObject,
    file: OpenFile,
    condition?: WriteCondition,
  ): Promise<void> {
    const mark: ObjectMark = {
      identity: this.#identity,
      connector: this.#connector,
      first: file.firstOffset,
      last: file.lastOffset,
      records: file.records,
    }
    const options = { ...(condition && { condition }), metadata: markMetadata(mark), contentType }
    await writeObject(key, body, options, this.#runner.resources, this.#dropped.signal)
  }

  /** Takes over the link that lies where one was to be created: it may end before or after the own one. */
  async #adopt(key: string, file: OpenFile): Promise<void> {
    const { store, retrier } = this.#runner.resources
    const head = await retrier.run(() => store.head(key, this.#dropped.signal), this.#dropped.signal)
    // Removed since, by whoever may: then the place is free again.
    if (head === null) return
    const mark = markOf(head)
    if (mark === undefined || mark.identity !== this.#identity || mark.first !== file.firstOffset) {
      throw this.#foreignObject(`${store.address}/${key}`, mark)
    }
    await this.#runner.tag(key, mark, this.#dropped.signal)
    this.#raise(file.id, mark.last)
    for (const link of this.#links.get(file.id) ?? []) cut(link, mark.last)
    const open = this.#open.get(file.id)
    if (open !== undefined) cut(open, mark.last)
  }

  /** Finds where a file begins whose head was cut off; false where nothing is left of it. */
  async #resolveCut(file: OpenFile): Promise<boolean> {
    const remainder = await (file.buffer as FramedBuffer).remainder()
    if (remainder === undefined) return false
    file.firstOffset = remainder.firstOffset
    file.records = remainder.records
    file.isCut = false
    return true
  }

  #done(file: OpenFile): void {
    file.buffer.release()
    const links = this.#links.get(file.id) ?? []
    links.shift()
    if (links.length === 0) this.#links.delete(file.id)
    this.#pending--
    this.#startNext(file.id)
    if (this.#pending === 0) this.#waiters.wake()
  }

  #raise(id: string, last: bigint): void {
    const before = this.#durable.get(id)
    if (before === undefined || before < last) this.#durable.set(id, last)
  }

  #foreignObject(where: string, mark: ObjectMark | undefined): ConnectError {
    const { topic, partition } = this.#partition
    const what =
      mark === undefined
        ? 'an object that does not say which records it holds'
        : `an object of connector '${mark.connector}'${
            mark.connector === this.#connector
              ? ' under other settings, or of a topic that was created again'
              : ''
          } with offsets ${mark.first} to ${mark.last}`
    return new ConnectError(
      `Writing ${where} (${topic}-${partition}): ${what} lies there, and this rotation never replaces an object. ` +
        'Move it away, write to another topics.dir, or set exactly.once=off to replace it.',
    )
  }
}

/** Leaves out of a file what lies elsewhere already. */
function cut(file: OpenFile, last: bigint): void {
  if (last < file.firstOffset) return
  ;(file.buffer as FramedBuffer).cutAfter(last)
  // Where it begins is found when it is written; no earlier than this, which is all that the frontier needs.
  file.firstOffset = last + 1n
  file.isCut = true
}
