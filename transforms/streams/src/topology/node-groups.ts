/** Which nodes belong together since records or stores connect them. Corresponds to Java's `QuickUnion`. */
export class NodeGroups {
  readonly #parents = new Map<string, string>()

  add(node: string): void {
    this.#parents.set(node, node)
  }

  unite(node: string, others: readonly string[]): void {
    for (const other of others) this.#parents.set(this.#root(node), this.#root(other))
  }

  /** The groups in order of their first node. */
  groups(nodes: readonly string[]): readonly (readonly string[])[] {
    const byRoot = new Map<string, string[]>()
    for (const node of nodes) {
      const root = this.#root(node)
      const group = byRoot.get(root)
      if (group === undefined) byRoot.set(root, [node])
      else group.push(node)
    }
    return [...byRoot.values()]
  }

  #root(node: string): string {
    let at = node
    for (;;) {
      const parent = this.#parents.get(at) as string
      if (parent === at) return at
      at = parent
    }
  }
}
