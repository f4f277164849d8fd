import { FULL_REPLAYED, type Kind, PER_FILE, SCHEDULED, WITH_KEYS } from './model-kinds.ts'
import { FROZEN, SELDOM_RESET } from './tempers.ts'

/** A step of the protocol (docs/decisions/0010) taken out of the code itself. */
export interface BrokenStep {
  /** Below `framework/object-store/src`. */
  readonly file: string
  /** Pieces of the file, each of which must be there once, and what stands there instead. */
  readonly changes: readonly (readonly [before: string, after: string])[]
  /** In which histories it shows. */
  readonly kind: Kind
}

/** By what is broken. */
export const BROKEN_STEPS: Readonly<Record<string, BrokenStep>> = {
  'records are processed before the claim stands, which comes with the next swap': {
    file: 'commits/partition-ledger.ts',
    changes: [
      ['if (await ledger.#swap(wanted, signal)) return ledger', 'ledger.#state = wanted; return ledger'],
    ],
    kind: { ...WITH_KEYS, temper: FROZEN },
  },
  'a task that has lost its claim moves the ledger all the same': {
    file: 'commits/partition-ledger.ts',
    changes: [['claim.nonce && !isLater(claim, found.claim)', 'claim.nonce && false']],
    kind: PER_FILE,
  },
  'two swaps of one ledger are on their way at a time': {
    file: 'commits/partition-ledger.ts',
    changes: [['await unlessAborted(before, signal)', 'signal.throwIfAborted()']],
    kind: WITH_KEYS,
  },
  'offsets are committed while the ledger is on its way': {
    file: 'commits/partition-chain.ts',
    changes: [
      ['await this.#ledger.update(', 'void this.#ledger.update('],
      ['          either,\n        )', '          either,\n        ).catch(() => undefined)'],
    ],
    kind: SCHEDULED,
  },
  'commits bear no mark': {
    file: 'commits/partition-chain.ts',
    changes: [['return { offset, metadata: `${MARK}${this.#nonce}` }', 'return { offset }']],
    kind: SCHEDULED,
  },
  'an operator’s reset is looked for when the claim stands': {
    file: 'commits/partition-chain.ts',
    changes: [
      [
        'afterReset(ledger.state, parts)',
        'afterReset(ledger.state, { ...parts, committed: (await context.committed([partition]))[0] })',
      ],
    ],
    kind: { ...PER_FILE, temper: SELDOM_RESET },
  },
  'a link is begun before its forerunner is durable': {
    file: 'commits/chain-commits.ts',
    changes: [
      [
        'links.push(file)\n        continue',
        'links.push(file); this.#runner.run(() => this.#writeLink(file), this.#dropped.signal); continue',
      ],
      ['links.shift()', 'links.splice(links.indexOf(file), 1)'],
      ['this.#pending--\n    this.#startNext(file.id)', 'this.#pending--'],
    ],
    kind: PER_FILE,
  },
  'files on their way do not hold back the frontier': {
    file: 'commits/chain-commits.ts',
    changes: [['for (const links of this.#links.values()) links.forEach(consider)', '']],
    kind: SCHEDULED,
  },
  'open files do not hold back the frontier': {
    file: 'commits/chain-commits.ts',
    changes: [['for (const file of this.#open.values()) consider(file)', '']],
    kind: PER_FILE,
  },
  'the open file keeps what an adopted object holds': {
    file: 'commits/chain-commits.ts',
    changes: [['if (open !== undefined) cut(open, mark.last)', '']],
    kind: PER_FILE,
  },
  'files that wait keep what an adopted object holds': {
    file: 'commits/chain-commits.ts',
    changes: [
      ['for (const link of this.#links.get(file.id) ?? []) cut(link, mark.last)', 'cut(file, mark.last)'],
    ],
    kind: PER_FILE,
  },
  'records that an adopted object holds are written again': {
    file: 'commits/chain-commits.ts',
    changes: [['this.#raise(file.id, mark.last)', '']],
    kind: SCHEDULED,
  },
  'the ledger is not told of objects that were written': {
    file: 'commits/chain-commits.ts',
    changes: [['this.#raise(file.id, file.lastOffset)', '']],
    kind: PER_FILE,
  },
  'keys are written before the ledger bears the end of their file': {
    file: 'commits/chain-commits.ts',
    changes: [['await this.#ensurePlanned(file)', '']],
    kind: WITH_KEYS,
  },
  'files do not end where an earlier life has decided': {
    file: 'commits/chain-commits.ts',
    changes: [['return this.#inherited.get(id)?.find((end) => end >= firstOffset)', 'return undefined']],
    kind: WITH_KEYS,
  },
  'the ledger forgets ends that earlier lives have decided': {
    file: 'commits/chain-commits.ts',
    changes: [['for (const [id, ends] of this.#inherited) for (const end of ends) add(id, end)', '']],
    kind: WITH_KEYS,
  },
  'keys are written beside values that are there': {
    file: 'commits/chain-commits.ts',
    changes: [
      ["if ((await retrier.run(() => store.head(main.key, signal), signal)) !== null) return 'taken'", ''],
    ],
    kind: WITH_KEYS,
  },
  'keys are written after their values': {
    file: 'commits/chain-commits.ts',
    changes: [
      ['for (const object of objects.slice(0, -1)) await this.#write(object, file)', ''],
      [
        'this.#raise(file.id, file.lastOffset)\n',
        'for (const object of objects.slice(0, -1)) await this.#write(object, file)\n' +
          'this.#raise(file.id, file.lastOffset)\n',
      ],
    ],
    kind: WITH_KEYS,
  },
  'early cuts are forgotten by the next life': {
    file: 'commits/agreed-cuts.ts',
    changes: [['this.#cuts = cutsOf(committed)', 'this.#cuts = []']],
    kind: FULL_REPLAYED,
  },
  'an early cut is made before the group bears it': {
    file: 'commits/agreed-cuts.ts',
    changes: [['asked === undefined || !cutsOf(committed).includes(asked)', 'asked === undefined']],
    kind: FULL_REPLAYED,
  },
  'commits bear only the cut that was asked for last': {
    file: 'commits/agreed-cuts.ts',
    changes: [
      [
        'this.#asked === undefined ? this.#cuts : [...this.#cuts, this.#asked]',
        'this.#asked === undefined ? [] : [this.#asked]',
      ],
    ],
    kind: FULL_REPLAYED,
  },
  'the frontier stops between the files of one rotation': {
    file: 'commits/batch-commits.ts',
    changes: [
      [
        'for (const { firstOffset } of this.#batches)',
        'for (const { files } of this.#batches) for (const { firstOffset } of files)',
      ],
    ],
    kind: FULL_REPLAYED,
  },
}
