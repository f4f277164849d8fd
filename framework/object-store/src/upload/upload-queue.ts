/** One upload: settles its own errors, so it never rejects. */
export type QueuedUpload = () => Promise<void>

/** Runs uploads in the background, first come first served, a bounded number at once. */
export class UploadQueue {
  readonly #maxRunning: number
  readonly #waiting: QueuedUpload[] = []
  #head = 0
  #running = 0

  constructor(maxRunning: number) {
    this.#maxRunning = maxRunning
  }

  /** Uploads that wait or run. */
  get pending(): number {
    return this.#running + this.#waiting.length - this.#head
  }

  add(upload: QueuedUpload): void {
    this.#waiting.push(upload)
    this.#startNext()
  }

  #startNext(): void {
    while (this.#running < this.#maxRunning) {
      const upload = this.#waiting[this.#head]
      if (upload === undefined) return
      this.#forgetHead()
      this.#running++
      void upload().finally(() => {
        this.#running--
        this.#startNext()
      })
    }
  }

  /** Moves the head instead of shifting: ten thousand files may wait at once. */
  #forgetHead(): void {
    this.#head++
    if (this.#head === this.#waiting.length || this.#head >= 1024) {
      this.#waiting.splice(0, this.#head)
      this.#head = 0
    }
  }
}
