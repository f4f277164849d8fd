/** A waiting place for one caller: {@link notify} ends the present wait, or the next one. */
export class Signal {
  #pending = false
  #wake: (() => void) | undefined

  notify(): void {
    this.#pending = true
    this.#wake?.()
  }

  /** Resolves at {@link notify} or after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#pending && timeoutMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(timeoutMs, 0x7fffffff))
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#wake = undefined
    }
    this.#pending = false
  }
}
