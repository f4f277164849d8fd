import { DataError } from '@spillway/api'
import { kindOf, withArticle } from './compare.ts'
import type { FieldNames, FieldReference, RecordFields } from './record-fields.ts'
import { referenceOf } from './reference.ts'
import { parseExpression, problemAt, SyntaxProblem } from './syntax.ts'

const MOST_CHARACTERS = 1_000
const VARIABLE = /\{\{(.*?)\}\}/gs
/** What Kafka takes as the name of a topic. */
const TOPIC = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/

export function isTopicName(text: string): boolean {
  return TOPIC.test(text)
}

/** A template for the name of a topic, made once and filled in for each record. */
export interface TopicTemplate {
  /** Undefined where a field is missing, has no text of its own, or makes a name that no topic can have. */
  fill(fields: RecordFields): string | undefined
  /** Why there is no name. */
  problem(fields: RecordFields): DataError
  /** Whether it has fields of the value in it. */
  readonly needsFields: boolean
}

/**
 * Compiles `iot-{{value.type}}`.
 *
 * @param names are added to.
 * @throws {SyntaxProblem} for a template that no topic can come of.
 */
export function compileTemplate(text: string, names: FieldNames): TopicTemplate {
  if (text.length > MOST_CHARACTERS)
    throw new SyntaxProblem(`it has ${text.length} characters; at most ${MOST_CHARACTERS} are taken`)
  const parts: (string | FieldReference)[] = []
  let at = 0
  for (const match of text.matchAll(VARIABLE)) {
    parts.push(text.slice(at, match.index), variable(match[1] ?? '', names))
    at = match.index + match[0].length
  }
  parts.push(text.slice(at))
  const texts = parts.filter((part) => typeof part === 'string').join('')
  const isConstant = parts.length === 1
  if (isConstant ? !isTopicName(texts) : !isTopicName(`x${texts}`))
    throw new SyntaxProblem(
      'a topic has 1 to 249 letters, digits, dots, underscores and hyphens; fields stand as {{value.name}}',
    )
  return {
    fill(fields) {
      let topic = ''
      for (const part of parts) {
        const piece = typeof part === 'string' ? part : textOf(fields.read(part))
        if (piece === undefined) return undefined
        topic += piece
      }
      return isTopicName(topic) ? topic : undefined
    },
    problem: (fields) => problemOf(parts, fields),
    needsFields: parts.some((part) => typeof part !== 'string' && part.root === 'value'),
  }
}

function variable(text: string, names: FieldNames): FieldReference {
  const node = parseExpression(text)
  const reference = referenceOf(node, names)
  if (reference === undefined)
    throw problemAt(node, 'in braces stands what a condition would name, such as value.type')
  return reference
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value)
  return typeof value === 'number' && Number.isInteger(value) ? String(value) : undefined
}

/** What would be made is data of the record: only what is wrong with it is told. */
function problemOf(parts: readonly (string | FieldReference)[], fields: RecordFields): DataError {
  let topic = ''
  for (const part of parts) {
    const value = typeof part === 'string' ? part : fields.read(part)
    const text = textOf(value)
    if (text === undefined) {
      const { source } = part as FieldReference
      return new DataError(
        value === null
          ? `${source} is missing or null`
          : `${source} is ${withArticle(kindOf(value))} that makes no name: it takes a text, a whole number, true or false`,
      )
    }
    topic += text
  }
  const wrong =
    topic === '' ? 'is empty' : topic.length > 249 ? `has ${topic.length} characters` : 'holds others'
  return new DataError(
    `The template gives no name of a topic: it has 1 to 249 letters, digits, dots, underscores and hyphens, and this ${wrong}`,
  )
}
