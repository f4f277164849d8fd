import { BadRequestError } from './rest-error.ts'
import { REQUEST_LIMITS } from './request-limits.ts'

interface ExactJson {
  rawJSON(text: string): RawJson
  isRawJSON(value: unknown): value is RawJson
  parse(text: string, reviver: (key: string, value: unknown, context: { source: string }) => unknown): unknown
}
/** A number as it was written, where a JavaScript number would say something else; `JSON.stringify` writes it so. */
interface RawJson {
  readonly rawJSON: string
}
const json = JSON as unknown as ExactJson

const utf8 = new TextDecoder('utf-8', { fatal: true })
const NUMBER = /-?\d[\d.eE+-]*/y
const [QUOTE, BACKSLASH, COMMA, MINUS, ZERO, NINE] = [...'"\\,-09'].map((c) => c.charCodeAt(0))
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [...'[]{}'].map((c) => c.charCodeAt(0))

/**
 * The body of a request; undefined where there is none. Numbers that JavaScript would change (`1.0`, beyond 2^53) come as
 * they were written: {@link numberText}.
 *
 * @throws {BadRequestError} for what is no JSON, no UTF-8, nested too deeply, or has too many values.
 */
export function parseBody(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch (cause) {
    throw new BadRequestError('The body is not UTF-8', { cause })
  }
  const isExact = scan(text)
  try {
    return isExact ? (JSON.parse(text) as unknown) : json.parse(text, asWritten)
  } catch (cause) {
    throw new BadRequestError(`The body is no JSON: ${(cause as Error).message}`, { cause })
  }
}

/** A number as text, every digit of it; undefined for anything else. */
export function numberText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  return json.isRawJSON(value) ? value.rawJSON : undefined
}

/** Looks at what a text asks of a parser before it is parsed. @returns whether its numbers can be JavaScript's. */
function scan(text: string): boolean {
  let [depth, values, isExact] = [0, 1, true]
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (char === QUOTE) i = endOfString(text, i)
    else if (char === COMMA) values++
    else if (char === OPEN_LIST || char === OPEN_OBJECT) {
      values++
      if (++depth > REQUEST_LIMITS.bodyDepth) {
        throw new BadRequestError(
          `The body is nested too deeply: at most ${REQUEST_LIMITS.bodyDepth} levels are taken`,
        )
      }
    } else if (char === CLOSE_LIST || char === CLOSE_OBJECT) depth--
    else if (char === MINUS || (char >= (ZERO ?? 0) && char <= (NINE ?? 0))) {
      NUMBER.lastIndex = i
      const number = NUMBER.exec(text)?.[0] ?? '-'
      isExact &&= String(Number(number)) === number
      i += number.length - 1
    }
    if (values > REQUEST_LIMITS.bodyValues) {
      throw new BadRequestError(
        `The body has too many values: at most ${REQUEST_LIMITS.bodyValues} are taken`,
      )
    }
  }
  return isExact
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (char === BACKSLASH) i++
    else if (char === QUOTE) return i
  }
  return text.length
}

function asWritten(_key: string, value: unknown, { source }: { source: string }): unknown {
  return typeof value === 'number' && String(value) !== source ? json.rawJSON(source) : value
}
