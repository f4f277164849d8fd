/** Those who wait for one moment, which may come again. */
export class Waiters {
  readonly #resolves: (() => void)[] = []

  /** Resolves at the next {@link wake}. */
  wait(): Promise<void> {
    return new Promise((resolve) => this.#resolves.push(resolve))
  }

  wake(): void {
    for (const resolve of this.#resolves.splice(0)) resolve()
  }
}
