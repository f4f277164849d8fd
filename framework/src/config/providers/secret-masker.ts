/** What stands where a secret stood. */
export const MASK = '[hidden]'

/** Below this length a secret is only masked where it stands alone, or every text would fall to pieces. */
const WHOLE_WORD_BELOW = 6
/** Lines of a secret of several lines (a PEM key) are masked one by one from this length on. */
const MIN_LINE_LENGTH = 16

/**
 * Replaces known secrets in texts: log lines, traces, REST answers, dead letter headers.
 *
 * Secrets are kept per owner (a connector's name), so that those of a deleted connector can be forgotten. A secret is
 * also found URL encoded, escaped in a JSON string, and without the white space around it.
 */
export class SecretMasker {
  readonly #secrets = new Map<string, ReadonlySet<string>>()
  #pattern: RegExp | undefined

  constructor(secrets: Iterable<string> = []) {
    this.set('', secrets)
  }

  /** The secrets of an owner from now on. */
  set(owner: string, secrets: Iterable<string>): this {
    this.#secrets.set(owner, new Set(secrets))
    this.#pattern = buildPattern([...this.#secrets.values()].flatMap((ofOwner) => [...ofOwner]))
    return this
  }

  /** Further secrets of an owner: those of its tasks, or values that were rotated while the old ones are in use. */
  add(owner: string, secrets: Iterable<string>): this {
    return this.set(owner, [...(this.#secrets.get(owner) ?? []), ...secrets])
  }

  forget(owner: string): this {
    return this.set(owner, [])
  }

  /** The text with every known secret as `[hidden]`. */
  mask(text: string): string {
    return this.#pattern === undefined ? text : text.replace(this.#pattern, MASK)
  }
}

function buildPattern(secrets: readonly string[]): RegExp | undefined {
  const forms = new Set(secrets.flatMap(formsOf))
  if (forms.size === 0) return undefined
  const alternatives = [...forms]
    // The longest first: a secret that contains another must go as a whole.
    .sort((a, b) => b.length - a.length)
    .map((form) => {
      const literal = escapeRegExp(form)
      return form.length < WHOLE_WORD_BELOW ? `(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])` : literal
    })
  return new RegExp(alternatives.join('|'), 'gu')
}

/** The ways a secret may appear in a text. */
function formsOf(secret: string): string[] {
  const trimmed = secret.trim()
  const lines = trimmed.split(/\r?\n/)
  const texts = [secret, trimmed]
  if (lines.length > 1) texts.push(...lines.map((l) => l.trim()).filter((l) => l.length >= MIN_LINE_LENGTH))
  return texts
    .flatMap((text) => [text, urlEncoded(text), JSON.stringify(text).slice(1, -1)])
    .filter((form) => form.trim() !== '')
}

function urlEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
