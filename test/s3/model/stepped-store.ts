import {
  ConnectError,
  type MultipartUpload,
  type ObjectHead,
  type ObjectStore,
  type ObjectSummary,
  type PutOptions,
  RetriableError,
  type StoredObject,
  type UploadedPart,
  type WriteCondition,
} from '@spillway/framework'

/** How a request ends. */
export type Outcome =
  /** It is done and answered. */
  | 'done'
  /** It is done, but the answer does not arrive. */
  | 'answer lost'
  /** It does not arrive. */
  | 'lost'
  /** The store refuses it for a reason that does not pass by itself. */
  | 'refused'

/** A request on its way to the store, which waits until the model says how it ends. */
export interface Step {
  readonly name: string
  end(outcome: Outcome): void
}

/** One process's way to the store: every request waits for the model, which may let anything happen in between. */
export class SteppedStore implements ObjectStore {
  readonly address: string
  readonly minPartBytes: number
  readonly steps: Step[] = []
  /** While true, requests pass at once. */
  isOpen = false
  /** True for the requests of a process that is no more: they may reach the store, nobody gets their answers. */
  isDead = false
  readonly #store: ObjectStore
  readonly #unanswered: ((error: Error) => void)[] = []

  constructor(store: ObjectStore) {
    this.#store = store
    this.address = store.address
    this.minPartBytes = store.minPartBytes
  }

  put(key: string, body: Uint8Array, options: PutOptions): Promise<StoredObject> {
    return this.#step(`put ${key}`, () => this.#store.put(key, body, options))
  }

  createMultipart(key: string, options: Omit<PutOptions, 'condition'>): Promise<MultipartUpload> {
    return this.#step(`begin ${key}`, () => this.#store.createMultipart(key, options))
  }

  uploadPart(upload: MultipartUpload, partNumber: number, body: Uint8Array): Promise<UploadedPart> {
    return this.#step(`part ${upload.key}`, () => this.#store.uploadPart(upload, partNumber, body))
  }

  completeMultipart(
    upload: MultipartUpload,
    parts: readonly UploadedPart[],
    condition?: WriteCondition,
  ): Promise<StoredObject> {
    return this.#step(`complete ${upload.key}`, () => this.#store.completeMultipart(upload, parts, condition))
  }

  abortMultipart(upload: MultipartUpload): Promise<void> {
    return this.#step(`abort ${upload.key}`, () => this.#store.abortMultipart(upload))
  }

  listMultiparts(prefix: string): AsyncIterable<MultipartUpload> {
    return this.#store.listMultiparts(prefix)
  }

  head(key: string): Promise<ObjectHead | null> {
    return this.#step(`head ${key}`, () => this.#store.head(key))
  }

  get(key: string): Promise<(ObjectHead & { readonly body: Buffer }) | null> {
    return this.#step(`get ${key}`, () => this.#store.get(key))
  }

  list(prefix: string): AsyncIterable<ObjectSummary> {
    return this.#store.list(prefix)
  }

  delete(key: string): Promise<void> {
    return this.#step(`delete ${key}`, () => this.#store.delete(key))
  }

  close(): void {}

  /** Ends what was never answered, so that a process that is no more can be cleared away. */
  clearAway(): void {
    this.isOpen = true
    this.steps.length = 0
    for (const reject of this.#unanswered.splice(0)) reject(new Error('the process is no more'))
  }

  #step<T>(name: string, request: () => Promise<T>): Promise<T> {
    if (this.isOpen) return request()
    return new Promise((resolve, reject) => {
      this.#unanswered.push(reject)
      const step: Step = {
        name,
        end: (outcome) => {
          this.steps.splice(this.steps.indexOf(step), 1)
          if (outcome === 'lost') {
            if (!this.isDead) reject(new RetriableError(`${name}: connection reset`))
            return
          }
          if (outcome === 'refused') {
            if (!this.isDead) reject(new ConnectError(`${name}: access denied`))
            return
          }
          const answered = request()
          if (this.isDead) {
            answered.catch(() => undefined)
            return
          }
          if (outcome === 'done') answered.then(resolve, reject)
          else {
            answered.catch(() => undefined)
            reject(new RetriableError(`${name}: connection reset before the answer`))
          }
        },
      }
      this.steps.push(step)
    })
  }
}
