import { formsOf, type SecretForm } from './secret-forms.ts'

/** What stands where a secret stood. */
export const MASK = '[hidden]'

/** Secrets of one owner that are kept: where they are rotated, old ones may still be in use for a while. */
const MOST_PER_OWNER = 300
/** Owners that are kept; more than a worker has connectors. */
const MOST_OWNERS = 10_000

/**
 * Replaces known secrets in texts: log lines, traces, REST answers, dead letter headers, in every form that
 * {@link formsOf} knows. Those of one or two characters are not looked for, and those of up to five only where they stand
 * alone.
 *
 * Secrets are kept per owner (a connector's name), so that those of a deleted connector can be forgotten.
 */
export class SecretMasker {
  readonly #secrets = new Map<string, ReadonlySet<string>>()
  readonly #index = new FormIndex()

  constructor(secrets: Iterable<string> = []) {
    this.set('', secrets)
  }

  /** The secrets of an owner from now on. */
  set(owner: string, secrets: Iterable<string>): this {
    const before = this.#secrets.get(owner)
    const all = [...new Set(secrets)]
    const now = new Set(all.slice(-MOST_PER_OWNER))
    for (const secret of now) if (before?.has(secret) !== true) this.#index.add(secret)
    for (const secret of before ?? []) if (!now.has(secret)) this.#index.remove(secret)
    // At the end: the first is the one that has been told of nothing for the longest time.
    this.#secrets.delete(owner)
    if (now.size > 0) this.#secrets.set(owner, now)
    if (this.#secrets.size > MOST_OWNERS) {
      const oldest = [...this.#secrets.keys()].find((name) => name !== '')
      if (oldest !== undefined) this.forget(oldest)
    }
    return this
  }

  /** Further secrets of an owner: those of its tasks, or values that were rotated while the old ones are in use. */
  add(owner: string, secrets: Iterable<string>): this {
    return this.set(owner, [...(this.#secrets.get(owner) ?? []), ...secrets])
  }

  forget(owner: string): this {
    return this.set(owner, [])
  }

  /**
   * The text with every known secret as `[hidden]`.
   *
   * @param sent what the reader has sent. It is not masked in the answer: a mask would show him that he has guessed a
   *   secret.
   */
  mask(text: string, sent = ''): string {
    let masked = ''
    let copied = 0
    for (const { start, end } of this.#index.find(text)) {
      if (sent !== '' && sent.includes(text.slice(start, end))) continue
      masked += text.slice(copied, start) + MASK
      copied = end
    }
    return copied === 0 ? text : masked + text.slice(copied)
  }

  /** Throws an error on with its message and stack masked, for where it ends on standard error. */
  rethrow(error: unknown): never {
    if (error instanceof Error) {
      error.message = this.mask(error.message)
      if (error.stack !== undefined) error.stack = this.mask(error.stack)
    }
    throw error
  }
}

interface Place {
  readonly start: number
  readonly end: number
}

/** Finds many texts in one pass: by their first two characters, the longest first. */
class FormIndex {
  readonly #forms = new Map<string, { readonly form: SecretForm; count: number }>()
  readonly #buckets = new Map<number, SecretForm[]>()
  readonly #unsorted = new Set<number>()

  add(secret: string): void {
    for (const form of formsOf(secret)) {
      const known = this.#forms.get(form.text)
      if (known !== undefined) {
        known.count++
        continue
      }
      this.#forms.set(form.text, { form, count: 1 })
      const at = beginning(form.text, 0)
      const bucket = this.#buckets.get(at)
      if (bucket === undefined) this.#buckets.set(at, [form])
      else bucket.push(form)
      this.#unsorted.add(at)
    }
  }

  remove(secret: string): void {
    for (const { text } of formsOf(secret)) {
      const known = this.#forms.get(text)
      if (known === undefined || --known.count > 0) continue
      this.#forms.delete(text)
      const at = beginning(text, 0)
      const bucket = this.#buckets.get(at) ?? []
      const place = bucket.findIndex((form) => form.text === text)
      if (place >= 0) bucket.splice(place, 1)
      if (bucket.length === 0) this.#buckets.delete(at)
    }
  }

  #sort(): void {
    for (const at of this.#unsorted) this.#buckets.get(at)?.sort((a, b) => b.text.length - a.text.length)
    this.#unsorted.clear()
  }

  /** Where there are secrets, in order; those that overlap are one place. */
  find(text: string): Place[] {
    const places: { start: number; end: number }[] = []
    if (this.#buckets.size === 0) return places
    this.#sort()
    for (let i = 0; i + 1 < text.length; i++) {
      const bucket = this.#buckets.get(beginning(text, i))
      const form = bucket?.find(
        (one) => text.startsWith(one.text, i) && (!one.isWord || isAlone(text, i, one)),
      )
      if (form === undefined) continue
      const last = places.at(-1)
      const place = form.isBase64 ? base64Around(text, i, form, last?.end ?? 0) : plain(i, form)
      if (last === undefined || place.start >= last.end) places.push(place)
      else last.end = Math.max(last.end, place.end)
      if (form.isBase64) i = place.end - 1
    }
    return places
  }
}

function beginning(text: string, at: number): number {
  return text.charCodeAt(at) * 0x1_00_00 + text.charCodeAt(at + 1)
}

function plain(start: number, form: SecretForm): { start: number; end: number } {
  return { start, end: start + form.text.length }
}

/** A piece of base64 goes as a whole: what stands beside the secret's own characters holds bits of it. */
function base64Around(
  text: string,
  at: number,
  form: SecretForm,
  from: number,
): { start: number; end: number } {
  let start = at
  let end = at + form.text.length
  while (start > from && BASE64.test(text.charAt(start - 1))) start--
  while (end < text.length && BASE64.test(text.charAt(end))) end++
  while (text.charAt(end) === '=') end++
  return { start, end }
}

const BASE64 = /[A-Za-z0-9+/_-]/
const WORD_BEFORE = /[\p{L}\p{N}_]$/u
const WORD_AFTER = /^[\p{L}\p{N}_]/u

function isAlone(text: string, at: number, { text: { length } }: SecretForm): boolean {
  const end = at + length
  return !WORD_BEFORE.test(text.slice(Math.max(0, at - 2), at)) && !WORD_AFTER.test(text.slice(end, end + 2))
}
