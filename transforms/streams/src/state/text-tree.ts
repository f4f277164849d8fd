/** What the tree orders: anything with an immutable text to order by. */
interface Ordered {
  readonly text: string
}

const fanOut = 64

class Leaf<R> {
  texts: string[] = []
  rows: R[] = []
  next: Leaf<R> | null = null
  previous: Leaf<R> | null = null
}

class Inner<R> {
  /** texts[i] is the smallest text that kids[i + 1] may hold. */
  texts: string[] = []
  kids: (Leaf<R> | Inner<R>)[] = []
}

/**
 * A B+tree of rows by their text. Rows are found by other means (a Map), so it only inserts, removes and walks in order.
 * Empty nodes are unlinked at once, half-empty ones stay: stores that add at one end and delete at the other keep it small.
 */
export class TextTree<R extends Ordered> {
  #root: Leaf<R> | Inner<R> = new Leaf<R>()
  #size = 0
  #version = 0

  get size(): number {
    return this.#size
  }

  /** Changes whenever positions inside the tree may have moved. */
  get version(): number {
    return this.#version
  }

  /** A tree of rows that are already in ascending order, in linear time. */
  static ofSorted<R extends Ordered>(rows: readonly R[]): TextTree<R> {
    const tree = new TextTree<R>()
    if (rows.length === 0) return tree
    const full = (fanOut * 3) >> 2
    let level: { first: string; node: Leaf<R> | Inner<R> }[] = []
    let last: Leaf<R> | null = null
    for (let from = 0; from < rows.length; from += full) {
      const leaf = new Leaf<R>()
      leaf.rows = rows.slice(from, from + full)
      leaf.texts = leaf.rows.map((row) => row.text)
      leaf.previous = last
      if (last !== null) last.next = leaf
      last = leaf
      level.push({ first: leaf.texts[0] as string, node: leaf })
    }
    while (level.length > 1) {
      const above: typeof level = []
      for (let from = 0; from < level.length; from += full) {
        const group = level.slice(from, from + full)
        const inner = new Inner<R>()
        inner.kids = group.map((entry) => entry.node)
        inner.texts = group.slice(1).map((entry) => entry.first)
        above.push({ first: (group[0] as { first: string }).first, node: inner })
      }
      level = above
    }
    tree.#root = (level[0] as { node: Leaf<R> | Inner<R> }).node
    tree.#size = rows.length
    return tree
  }

  /** Adds a row whose text is not in the tree yet. */
  insert(row: R): void {
    const path: Inner<R>[] = []
    const at: number[] = []
    const leaf = this.#descend(row.text, path, at)
    const place = firstNotBelow(leaf.texts, row.text)
    const atEnd = place === leaf.texts.length
    if (atEnd) {
      leaf.texts.push(row.text)
      leaf.rows.push(row)
    } else {
      leaf.texts.splice(place, 0, row.text)
      leaf.rows.splice(place, 0, row)
    }
    this.#size++
    this.#version++
    if (leaf.texts.length > fanOut) this.#split(leaf, path, at, atEnd && leaf.next === null)
  }

  remove(text: string): void {
    const path: Inner<R>[] = []
    const at: number[] = []
    const leaf = this.#descend(text, path, at)
    const place = firstNotBelow(leaf.texts, text)
    if (leaf.texts[place] !== text) return
    leaf.texts.splice(place, 1)
    leaf.rows.splice(place, 1)
    this.#size--
    this.#version++
    if (leaf.texts.length > 0 || path.length === 0) return
    if (leaf.previous !== null) leaf.previous.next = leaf.next
    if (leaf.next !== null) leaf.next.previous = leaf.previous
    for (let depth = path.length - 1; depth >= 0; depth--) {
      const inner = path[depth] as Inner<R>
      const kid = at[depth] as number
      inner.kids.splice(kid, 1)
      inner.texts.splice(Math.max(0, kid - 1), 1)
      if (inner.kids.length > 0) break
    }
    while (this.#root instanceof Inner && this.#root.kids.length === 1) {
      this.#root = this.#root.kids[0] as Leaf<R> | Inner<R>
    }
  }

  /** Stands before the first row with text >= from (ascending) or the last with text <= from (reverse); null begins at the end. */
  walk(from: string | null, reverse: boolean): TreeWalk<R> {
    return new TreeWalk<R>(this, from, reverse)
  }

  /** Where a walk (re)starts: leaf and index of the first row past `text` in its direction. */
  locate(text: string | null, reverse: boolean, inclusive: boolean): { leaf: Leaf<R> | null; index: number } {
    if (text === null) {
      let node = this.#root
      while (node instanceof Inner) node = node.kids[reverse ? node.kids.length - 1 : 0] as Leaf<R> | Inner<R>
      return { leaf: node, index: reverse ? node.texts.length - 1 : 0 }
    }
    const leaf = this.#descend(text, null, null)
    let index = firstNotBelow(leaf.texts, text)
    const found = leaf.texts[index] === text
    if (reverse) {
      if (!(found && inclusive)) index--
    } else if (found && !inclusive) {
      index++
    }
    return { leaf, index }
  }

  #descend(text: string, path: Inner<R>[] | null, at: number[] | null): Leaf<R> {
    let node = this.#root
    while (node instanceof Inner) {
      const texts = node.texts
      let low = 0
      let high = texts.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((texts[middle] as string) <= text) low = middle + 1
        else high = middle
      }
      path?.push(node)
      at?.push(low)
      node = node.kids[low] as Leaf<R> | Inner<R>
    }
    return node
  }

  #split(leaf: Leaf<R>, path: Inner<R>[], at: number[], appending: boolean): void {
    const right = new Leaf<R>()
    // Ascending keys (times) would leave half-full leaves behind; an append leaves the old leaf nearly full instead.
    const cut = appending ? fanOut - 4 : fanOut >> 1
    right.texts = leaf.texts.splice(cut)
    right.rows = leaf.rows.splice(cut)
    right.next = leaf.next
    right.previous = leaf
    if (leaf.next !== null) leaf.next.previous = right
    leaf.next = right
    let separator = right.texts[0] as string
    let added: Leaf<R> | Inner<R> = right
    for (let depth = path.length - 1; depth >= 0; depth--) {
      const inner = path[depth] as Inner<R>
      const kid = at[depth] as number
      inner.texts.splice(kid, 0, separator)
      inner.kids.splice(kid + 1, 0, added)
      if (inner.kids.length <= fanOut) return
      const middle = inner.texts.length >> 1
      const sibling = new Inner<R>()
      separator = inner.texts[middle] as string
      sibling.texts = inner.texts.splice(middle + 1)
      inner.texts.pop()
      sibling.kids = inner.kids.splice(middle + 1)
      added = sibling
    }
    const root = new Inner<R>()
    root.texts = [separator]
    root.kids = [this.#root, added]
    this.#root = root
  }
}

/** Walks a tree in one direction; a change of the tree makes it find its place again behind the last row it gave. */
export class TreeWalk<R extends Ordered> {
  readonly #tree: TextTree<R>
  readonly #reverse: boolean
  #leaf: Leaf<R> | null
  #index: number
  #version: number
  #last: string | null
  #started = false

  constructor(tree: TextTree<R>, from: string | null, reverse: boolean) {
    this.#tree = tree
    this.#reverse = reverse
    this.#last = from
    this.#version = tree.version
    const place = tree.locate(from, reverse, true)
    this.#leaf = place.leaf
    this.#index = place.index
  }

  /** The next row, undefined at the end. */
  next(): R | undefined {
    if (this.#version !== this.#tree.version) {
      const place = this.#tree.locate(this.#last, this.#reverse, !this.#started)
      this.#leaf = place.leaf
      this.#index = place.index
      this.#version = this.#tree.version
    }
    let leaf = this.#leaf
    if (this.#reverse) {
      while (leaf !== null && this.#index < 0) {
        leaf = leaf.previous
        this.#index = leaf === null ? 0 : leaf.rows.length - 1
      }
    } else {
      while (leaf !== null && this.#index >= leaf.rows.length) {
        leaf = leaf.next
        this.#index = 0
      }
    }
    this.#leaf = leaf
    if (leaf === null) return undefined
    const row = leaf.rows[this.#index] as R
    this.#index += this.#reverse ? -1 : 1
    this.#last = row.text
    this.#started = true
    return row
  }
}

function firstNotBelow(texts: readonly string[], text: string): number {
  let low = 0
  let high = texts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((texts[middle] as string) < text) low = middle + 1
    else high = middle
  }
  return low
}
