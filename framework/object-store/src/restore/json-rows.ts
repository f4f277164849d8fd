import { DataError } from '@spillway/api'
import { decodeUtf8, parseJson } from '@spillway/converters'
import { type EnvelopePart, type EnvelopeRow, NO_PART } from './envelope-row.ts'
import type { PieceLimit } from './piece-limit.ts'

const NEWLINE = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING = new Set([0x7b, 0x5b])
const CLOSING = new Set([0x7d, 0x5d])
const COLON = 0x3a
const COMMA = 0x2c

/** The records of a file of JSON envelopes. @throws {DataError} naming the line. */
export async function* jsonRows(
  pieces: AsyncIterable<Uint8Array>,
  limit: PieceLimit,
): AsyncGenerator<EnvelopeRow> {
  let number = 0
  for await (const line of lines(pieces, limit)) {
    number++
    try {
      yield rowOf(line)
    } catch (cause) {
      throw new DataError(`line ${number} is no envelope: ${(cause as Error).message}`, { cause })
    }
  }
}

async function* lines(pieces: AsyncIterable<Uint8Array>, limit: PieceLimit): AsyncGenerator<Buffer> {
  /** Of the line that is not over yet. */
  let parts: Buffer[] = []
  let bytes = 0
  const add = (part: Buffer): void => {
    bytes += part.length
    limit.check('a line', bytes)
    if (part.length > 0) parts.push(part)
  }
  const taken = (): Buffer => {
    const line = Buffer.concat(parts)
    parts = []
    bytes = 0
    return line
  }
  for await (const piece of pieces) {
    const input = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    let from = 0
    for (let end = input.indexOf(NEWLINE); end >= 0; end = input.indexOf(NEWLINE, from)) {
      add(input.subarray(from, end))
      if (bytes > 0) yield taken()
      from = end + 1
    }
    add(input.subarray(from))
  }
  if (bytes > 0) yield taken()
}

function rowOf(line: Buffer): EnvelopeRow {
  const members = memberTexts(line)
  if (!members.has('value') && !members.has('key')) throw new Error('it has neither a key nor a value')
  const number = (name: string): number | null => {
    const text = members.get(name)?.toString()
    return text === undefined || text === 'null' ? null : Number(text)
  }
  return {
    key: partOf(members.get('key')),
    value: partOf(members.get('value')),
    headers: JSON.parse(members.get('headers')?.toString() ?? '[]') as EnvelopeRow['headers'],
    partition: number('partition') ?? undefined,
    timestamp: number('timestamp'),
  }
}

function partOf(text: Buffer | undefined): EnvelopePart {
  if (text === undefined) return NO_PART
  const { value } = parseJson(decodeUtf8(text))
  return value === null ? NO_PART : { schema: null, value, text }
}

/** The members of a JSON object with the text of each, digits and all. */
function memberTexts(line: Buffer): Map<string, Buffer> {
  const members = new Map<string, Buffer>()
  JSON.parse(line.toString())
  let depth = 0
  let start = 0
  let name: string | undefined
  const finish = (end: number): void => {
    if (name !== undefined) members.set(name, trimmed(line.subarray(start, end)))
    name = undefined
  }
  for (let i = 0; i < line.length; i++) {
    const byte = line[i] as number
    if (byte === QUOTE) i = endOfString(line, i)
    else if (OPENING.has(byte)) {
      if (++depth === 1) start = i + 1
    } else if (CLOSING.has(byte)) {
      if (--depth === 0) finish(i)
    } else if (depth === 1 && byte === COLON && name === undefined) {
      name = JSON.parse(line.subarray(start, i).toString()) as string
      start = i + 1
    } else if (depth === 1 && byte === COMMA) {
      finish(i)
      start = i + 1
    }
  }
  return members
}

function trimmed(text: Buffer): Buffer {
  let from = 0
  let to = text.length
  while (from < to && (text[from] as number) <= 0x20) from++
  while (to > from && (text[to - 1] as number) <= 0x20) to--
  return text.subarray(from, to)
}

function endOfString(text: Buffer, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === BACKSLASH) i++
    else if (text[i] === QUOTE) return i
  }
  return text.length
}
