import type { Predicate } from '../core/functions.ts'
import { settled } from '../core/synchronous.ts'
import { stateless } from '../processors/stateless.ts'
import { validateName } from '../core/names.ts'
import { ProcessorGraphNode } from './graph/graph-node.ts'
import type { KStream, KStreamCore } from './kstream.ts'

/** Names a branch, or handles it on the spot. Corresponds to Java's `Branched`. */
export class Branched<K, V> {
  readonly name: string | null
  readonly chain: ((branch: KStream<K, V>) => KStream<K, V> | null) | null
  readonly consumer: ((branch: KStream<K, V>) => void) | null

  private constructor(
    name: string | null,
    chain: ((branch: KStream<K, V>) => KStream<K, V> | null) | null,
    consumer: ((branch: KStream<K, V>) => void) | null,
  ) {
    if (name !== null) validateName(name)
    this.name = name
    this.chain = chain
    this.consumer = consumer
  }

  /** The branch is found under the split's name followed by this one. */
  static as<K, V>(name: string): Branched<K, V> {
    return new Branched<K, V>(name, null, null)
  }

  /** The function's result is found instead of the branch; null: nothing is. */
  static withFunction<K, V>(
    chain: (branch: KStream<K, V>) => KStream<K, V> | null,
    name: string | null = null,
  ): Branched<K, V> {
    return new Branched<K, V>(name, chain, null)
  }

  /** The branch is used here and not found later. */
  static withConsumer<K, V>(
    consumer: (branch: KStream<K, V>) => void,
    name: string | null = null,
  ): Branched<K, V> {
    return new Branched<K, V>(name, null, consumer)
  }

  withName(name: string): Branched<K, V> {
    return new Branched<K, V>(name, this.chain, this.consumer)
  }
}

/** A stream that is being split. Corresponds to Java's `BranchedKStream`. */
export class BranchedKStream<K, V> {
  readonly #source: KStreamCore
  readonly #name: string
  readonly #node: ProcessorGraphNode
  readonly #predicates: ((key: unknown, value: unknown) => boolean)[] = []
  readonly #children: string[] = []
  readonly #branches = new Map<string, KStream<K, V>>()

  /** @internal */
  constructor(source: KStreamCore, name: string | null) {
    this.#source = source
    this.#name = source.builder.nodeName(name, 'KSTREAM-BRANCH-')
    this.#node = new ProcessorGraphNode(this.#name, stateless.branch(this.#predicates, this.#children))
    source.builder.add(source.node, this.#node)
  }

  /** Records for which no earlier predicate holds, and this one does. */
  branch(predicate: Predicate<K, V>, branched?: Branched<K, V>): this {
    this.#predicates.push(predicate as (key: unknown, value: unknown) => boolean)
    this.#create(branched, this.#predicates.length)
    return this
  }

  /** The records for which no predicate holds; ends the split. Branches are found by name. */
  defaultBranch(
    branched?: Branched<K, V>,
  ): ReadonlyMap<string, KStream<K, V>> & Readonly<Record<string, KStream<K, V>>> {
    this.#create(branched, 0)
    return this.noDefaultBranch()
  }

  /** Drops the records for which no predicate holds; ends the split. Branches are found by name. */
  noDefaultBranch(): ReadonlyMap<string, KStream<K, V>> & Readonly<Record<string, KStream<K, V>>> {
    return Object.assign(new Map(this.#branches), Object.fromEntries(this.#branches)) as ReadonlyMap<
      string,
      KStream<K, V>
    > &
      Readonly<Record<string, KStream<K, V>>>
  }

  #create(branched: Branched<K, V> | undefined, index: number): void {
    const { builder } = this.#source
    const name = `${this.#name}${branched?.name ?? index}`
    this.#children.push(name)
    builder.names.processorName(name)
    const node = new ProcessorGraphNode(name, stateless.passThrough())
    builder.add(this.#node, node)
    const branch = builder.create.stream<K, V>({ ...this.#source, name, node })
    if (branched !== undefined && branched.consumer !== null) {
      settled(branched.consumer(branch), 'the consumer of a branch')
      return
    }
    const kept =
      branched === undefined || branched.chain === null
        ? branch
        : settled(branched.chain(branch), 'the function of a branch')
    if (kept !== null) this.#branches.set(name, kept)
  }
}
