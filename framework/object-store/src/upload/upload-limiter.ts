/** What one {@link UploadLimiter.acquire} was granted; giving it back twice counts once. */
export interface UploadPermit {
  release(): void
}

interface Waiter {
  readonly bytes: number
  readonly grant: () => void
}

/**
 * Bounds what is on its way to the store: so many requests, so many bytes of their bodies. First come, first served,
 * so that a large part is not starved by small files. One request is always let through, however large.
 */
export class UploadLimiter {
  readonly #maxRequests: number
  readonly #maxBytes: number
  readonly #waiting: Waiter[] = []
  #requests = 0
  #bytes = 0

  constructor(limits: { readonly maxRequests: number; readonly maxBytes: number }) {
    this.#maxRequests = limits.maxRequests
    this.#maxBytes = limits.maxBytes
  }

  /** Bytes granted and not given back. */
  get bytesInFlight(): number {
    return this.#bytes
  }

  /** @throws the signal's reason where it aborts first. */
  async acquire(bytes: number, signal: AbortSignal): Promise<UploadPermit> {
    signal.throwIfAborted()
    if (this.#waiting.length > 0 || !this.#fits(bytes)) await this.#wait(bytes, signal)
    else this.#take(bytes)
    let held = true
    return {
      release: () => {
        if (!held) return
        held = false
        this.#requests--
        this.#bytes -= bytes
        this.#grantNext()
      },
    }
  }

  #wait(bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
        reject(signal.reason as Error)
        this.#grantNext()
      }
      const waiter: Waiter = {
        bytes,
        grant: () => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(waiter)
    })
  }

  #grantNext(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#take(next.bytes)
      next.grant()
    }
  }

  #fits(bytes: number): boolean {
    if (this.#requests === 0) return true
    return this.#requests < this.#maxRequests && this.#bytes + bytes <= this.#maxBytes
  }

  #take(bytes: number): void {
    this.#requests++
    this.#bytes += bytes
  }
}
