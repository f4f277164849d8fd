const HIDDEN = '[hidden]'

/** A secret configuration value: prints as `[hidden]` wherever it is not asked for by name (Java: `Password`). */
export class Password {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The secret itself. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return HIDDEN
  }

  toJSON(): string {
    return HIDDEN
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return HIDDEN
  }
}
