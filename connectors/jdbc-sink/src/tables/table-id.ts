import type { TableId } from '../dialects/dialect.ts'

/**
 * Splits a qualified name at its dots; dots between quotes belong to the name, and a doubled quote stands for one
 * (Java: `IdentifierRules.parseQualifiedIdentifier`).
 *
 * @returns the parts, unquoted.
 * @throws {SyntaxError} for a name that ends in a dot or inside quotes.
 */
export function splitQualifiedName(text: string, quote: string): string[] {
  const parts: string[] = []
  let at = 0
  while (at <= text.length) {
    const isQuoted = text.startsWith(quote, at)
    const [part, end] = isQuoted ? quotedPart(text, at, quote) : plainPart(text, at)
    if (part === '') {
      throw new SyntaxError(
        at === text.length && parts.length > 0
          ? `Failure parsing fully qualified identifier; ends in delimiter ${text}`
          : `Failure parsing fully qualified identifier; a part of it is empty: ${text}`,
      )
    }
    parts.push(part)
    if (end === text.length) return parts
    at = end + 1
  }
  return parts
}

function plainPart(text: string, from: number): [string, number] {
  const dot = text.indexOf('.', from)
  const end = dot === -1 ? text.length : dot
  return [text.slice(from, end), end]
}

function quotedPart(text: string, from: number, quote: string): [string, number] {
  let part = ''
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] !== quote) {
      part += text[at]
      continue
    }
    if (text[at + 1] === quote) {
      part += quote
      at++
      continue
    }
    if (at + 1 < text.length && text[at + 1] !== '.') break
    return [part, at + 1]
  }
  throw new SyntaxError(`Failure parsing fully qualified identifier; a quote does not end: ${text}`)
}

/** A name of one to three parts; of more, everything before the last two is an error rather than dropped. */
export function tableIdOf(parts: readonly string[], text: string): TableId {
  if (parts.length > 3) {
    throw new SyntaxError(
      `The table name ${text} has ${parts.length} parts, but at most catalog.schema.table are possible; quote a part to keep its dots`,
    )
  }
  return {
    catalog: parts.length === 3 ? parts[0] : undefined,
    schema: parts.length >= 2 ? parts.at(-2) : undefined,
    name: parts.at(-1) ?? '',
  }
}

/** One text per table, to look tables up by. */
export function tableKey(id: TableId): string {
  return JSON.stringify([id.catalog ?? '', id.schema ?? '', id.name])
}
