/**
 * The orders in which Java's collections iterate. `describe()` prints some names in such an order, so byte-equal text needs them.
 */

/** Java's String.hashCode. */
function javaStringHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0
  return hash
}

function tableSizeFor(capacity: number): number {
  let size = 1
  while (size < capacity) size <<= 1
  return size
}

/** Java's Arrays.hashCode of bytes. */
export function javaBytesHash(bytes: Uint8Array): number {
  let hash = 1
  for (const byte of bytes) hash = (Math.imul(31, hash) + ((byte << 24) >> 24)) | 0
  return hash
}

/** Distinct things in the order of a `HashSet` whose table has at least that many buckets. */
export function javaBucketOrder<T>(
  distinct: readonly T[],
  hashOf: (item: T) => number,
  minCapacity = 16,
): T[] {
  let capacity = minCapacity
  while (distinct.length > capacity * 0.75) capacity *= 2
  const buckets = new Map<number, T[]>()
  for (const item of distinct) {
    const hash = hashOf(item)
    const bucket = (hash ^ (hash >>> 16)) & (capacity - 1)
    const chain = buckets.get(bucket)
    if (chain === undefined) buckets.set(bucket, [item])
    else chain.push(item)
  }
  return [...buckets.entries()].sort(([a], [b]) => a - b).flatMap(([, chain]) => chain)
}

/**
 * Distinct names in the order of a `HashSet` or the keys of a `HashMap` filled one after the other.
 *
 * @param copyOf set when Java makes the set from another collection at once, which sizes the table first
 */
export function javaHashOrder(names: Iterable<string>, copyOf = false): string[] {
  const distinct = [...new Set(names)]
  const capacity = copyOf ? tableSizeFor(Math.max(Math.trunc(distinct.length / 0.75) + 1, 16)) : 16
  return javaBucketOrder(distinct, javaStringHash, capacity)
}

interface TreeNode<T> {
  readonly value: T
  left: TreeNode<T> | null
  right: TreeNode<T> | null
  parent: TreeNode<T> | null
  red: boolean
}

/**
 * A red-black tree that places values as Java's `TreeSet` does. A sorted array would not do: the sizes which nodes are
 * compared by still grow while nodes are added, so where a node ends up depends on the shape of the tree.
 */
export class JavaTreeSet<T> implements Iterable<T> {
  readonly #compare: (a: T, b: T) => number
  #root: TreeNode<T> | null = null

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  add(value: T): void {
    if (this.#root === null) {
      this.#root = { value, left: null, right: null, parent: null, red: false }
      return
    }
    let at: TreeNode<T> = this.#root
    for (;;) {
      const order = this.#compare(value, at.value)
      if (order === 0) return
      const next = order < 0 ? at.left : at.right
      if (next === null) {
        const node: TreeNode<T> = { value, left: null, right: null, parent: at, red: true }
        if (order < 0) at.left = node
        else at.right = node
        this.#rebalance(node)
        return
      }
      at = next
    }
  }

  *[Symbol.iterator](): Iterator<T> {
    yield* this.#walk(this.#root)
  }

  *#walk(node: TreeNode<T> | null): Iterable<T> {
    if (node === null) return
    yield* this.#walk(node.left)
    yield node.value
    yield* this.#walk(node.right)
  }

  #rebalance(added: TreeNode<T>): void {
    let node = added
    while (node.parent?.red === true) {
      const parent = node.parent
      const grandparent = parent.parent as TreeNode<T>
      const isLeft = parent === grandparent.left
      const uncle = isLeft ? grandparent.right : grandparent.left
      if (uncle?.red === true) {
        parent.red = false
        uncle.red = false
        grandparent.red = true
        node = grandparent
        continue
      }
      if (node === (isLeft ? parent.right : parent.left)) {
        node = parent
        this.#rotate(node, isLeft)
      }
      const upper = node.parent as TreeNode<T>
      const top = upper.parent as TreeNode<T>
      upper.red = false
      top.red = true
      this.#rotate(top, !isLeft)
    }
    ;(this.#root as TreeNode<T>).red = false
  }

  #rotate(node: TreeNode<T>, toLeft: boolean): void {
    const child = (toLeft ? node.right : node.left) as TreeNode<T>
    const inner = toLeft ? child.left : child.right
    if (toLeft) node.right = inner
    else node.left = inner
    if (inner !== null) inner.parent = node
    child.parent = node.parent
    if (node.parent === null) this.#root = child
    else if (node.parent.left === node) node.parent.left = child
    else node.parent.right = child
    if (toLeft) child.left = node
    else child.right = node
    node.parent = child
  }
}
