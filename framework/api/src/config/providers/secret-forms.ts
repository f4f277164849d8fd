/** Secrets below this length are not looked for: hiding every `a` would tear a text to pieces, and keep nothing secret. */
export const MIN_SECRET_LENGTH = 3
/** Below this length a secret is only looked for where it stands alone, and only in forms that cannot be chance. */
const WHOLE_WORD_BELOW = 6
/** Lines of a secret of several lines (a PEM key) are looked for one by one from this length on. */
const MIN_LINE_LENGTH = 16
/** So many lines of one secret, and forms of secrets of up to so many characters: what is longer is no password. */
const MOST_LINES = 200
const LONGEST_IN_ALL_FORMS = 8_192

/** One way in which a secret may stand in a text. */
export interface SecretForm {
  readonly text: string
  /** True where it only counts with no letter, digit or `_` beside it. */
  readonly isWord: boolean
  /** True for the part of base64 text that the secret decides: the whole run of base64 around it goes with it. */
  readonly isBase64: boolean
}

/**
 * The ways a secret may appear in a text: as it is, without the white space around it, line by line, escaped in URLs, JSON
 * (also twice), XML, SQL and quotes, in hexadecimal, and in base64 with whatever stands before and after it (`user:password`).
 */
export function formsOf(secret: string): SecretForm[] {
  const trimmed = secret.trim()
  if (trimmed.length < MIN_SECRET_LENGTH) return []
  const lines = trimmed.split(/\r?\n/, MOST_LINES).map((line) => line.trim())
  const parts = lines.length > 1 ? lines.filter(isUsualLine) : []
  const forms = new Map<string, SecretForm>()
  const add = (text: string, isBase64 = false): void => {
    if (text.length < MIN_SECRET_LENGTH || forms.has(text)) return
    forms.set(text, { text, isWord: text.length < WHOLE_WORD_BELOW, isBase64 })
  }
  if (secret.length > LONGEST_IN_ALL_FORMS) {
    for (const text of [secret, trimmed]) for (const form of [text, jsonOf(text)]) add(form)
  } else {
    for (const text of [secret, trimmed]) for (const form of escapedForms(text)) add(form)
    if (trimmed.length >= WHOLE_WORD_BELOW) {
      const hex = Buffer.from(trimmed).toString('hex')
      add(hex)
      add(hex.toUpperCase())
    }
    for (const form of base64Forms(trimmed)) add(form, true)
  }
  for (const line of parts) for (const form of escapedForms(line)) add(form)
  return [...forms.values()]
}

function isUsualLine({ length }: string): boolean {
  return length >= MIN_LINE_LENGTH && length <= LONGEST_IN_ALL_FORMS
}

function escapedForms(text: string): string[] {
  const wellFormed = text.toWellFormed()
  const component = encodeURIComponent(wellFormed)
  // What Java's URLEncoder leaves, and HTML forms.
  const form = component
    .replaceAll(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
  const json = jsonOf(text)
  const urls = [component, form, form.replaceAll('%7E', '~'), encodeURI(wellFormed), userInfo(wellFormed)]
  const xml = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return [
    text,
    ...urls,
    ...urls.map((url) => url.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())),
    json,
    jsonOf(json),
    json.replaceAll('/', '\\/'),
    unicodeEscaped(json, /[\u0080-\uffff]/g),
    unicodeEscaped(json, /[<>&'=\u2028\u2029]/g),
    unicodeEscaped(json, /[<>&\u2028\u2029]/g),
    xml,
    xml.replaceAll('"', '&quot;'),
    xml.replaceAll('"', '&quot;').replaceAll("'", '&apos;'),
    xml.replaceAll('"', '&#34;').replaceAll("'", '&#39;'),
    xml.replaceAll('"', '&quot;').replaceAll("'", '&#x27;'),
    text.replaceAll("'", "''"),
    text.replaceAll(/[\\']/g, String.raw`\$&`),
  ]
}

function jsonOf(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function unicodeEscaped(text: string, what: RegExp): string {
  return text.replaceAll(what, (c) => String.raw`\u` + c.charCodeAt(0).toString(16).padStart(4, '0'))
}

/** As it stands before the `@` of a URL. */
function userInfo(text: string): string {
  const url = new URL('http://host')
  url.password = text
  return url.password
}

/**
 * What of a base64 text the secret alone decides, at each of the three places it may begin within a group. A short one only
 * by itself: four characters of base64 are too easily chance.
 */
function base64Forms(text: string): string[] {
  const utf8 = Buffer.from(text)
  const latin = Buffer.from(text, 'latin1')
  // Basic authentication is often sent in ISO 8859-1.
  const encodings = latin.toString('latin1') === text && !latin.equals(utf8) ? [utf8, latin] : [utf8]
  return encodings.flatMap((bytes) => {
    const places = bytes.length < WHOLE_WORD_BELOW ? [0] : [0, 1, 2]
    return places.flatMap((before) => {
      const all = Buffer.concat([Buffer.alloc(before), bytes])
        .toString('base64')
        .replaceAll('=', '')
      const isShort = bytes.length < WHOLE_WORD_BELOW
      const core = isShort
        ? all
        : all.slice(Math.ceil((8 * before) / 6), Math.floor((8 * (before + bytes.length)) / 6))
      return [core, core.replaceAll('+', '-').replaceAll('/', '_'), encodeURIComponent(core)]
    })
  })
}
