import { DataError, isStruct, JavaRegex } from '@spillway/api'
import { isSame, type Kind, kindOf, order, withArticle } from './compare.ts'
import type { FieldNames, FieldReference, RecordFields } from './record-fields.ts'
import { referenceOf } from './reference.ts'
import { type Node, parseExpression, problemAt, sourceOf, SyntaxProblem } from './syntax.ts'

/** A condition, made once and asked for each record. */
export interface Condition {
  /** @throws {DataError} where a value is of a kind that the condition cannot take. */
  test(fields: RecordFields): boolean
  /** Whether it looks at fields of the value, and not at the value as such. */
  readonly needsFields: boolean
}

/** A part of a condition. */
interface Part {
  /** What its values are; undefined where only the record tells. */
  readonly kind: Kind | undefined
  readonly source: string
  /** Its value where no record is needed to tell. */
  readonly literal?: { readonly value: unknown }
  readonly reference?: FieldReference
  evaluate(fields: RecordFields): unknown
}

interface Scope {
  readonly key: string
  readonly names: FieldNames
  readonly references: FieldReference[]
}

/**
 * Compiles a condition. The syntax is that of the Common Expression Language, the meaning is told in
 * docs/guides/refine.md: a missing field is null, null is no boolean and in no order, other clashes of types are errors.
 *
 * @param key the configuration key it stands in.
 * @param names are added to.
 * @throws {SyntaxProblem} for what is no condition.
 */
export function compileCondition(text: string, key: string, names: FieldNames): Condition {
  const scope: Scope = { key, names, references: [] }
  const node = parseExpression(text)
  const part = compile(node, scope)
  needBoolean(part, node)
  const values = scope.references.filter(({ root }) => root === 'value')
  return {
    test: (fields) => truthOf(part, fields),
    needsFields: values.length > 0 && values.every(({ steps }) => steps.length > 0),
  }
}

function compile(node: Node, scope: Scope): Part {
  switch (node.op) {
    case 'value':
      return literalPart(node)
    case 'id':
    case '.':
    case '[]':
      return referencePart(node, scope)
    case '==':
    case '!=':
      return equality(node, scope)
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparison(node, scope)
    case '&&':
    case '||':
      return connective(node, scope)
    case '!_': {
      const operand = compile(node.args, scope)
      needBoolean(operand, node.args)
      return booleanPart(node, (fields) => !truthOf(operand, fields))
    }
    case '-_':
      return negative(node)
    case 'in':
      return membership(node, scope)
    case 'call':
    case 'rcall':
      return functionCall(node, scope)
    default:
      throw problemAt(node, NOT_THERE)
  }
}

const NOT_THERE =
  'conditions have no arithmetic, no choice, no maps and no loops: their language is told in docs/guides/refine.md'

function booleanPart(node: Node, evaluate: (fields: RecordFields) => boolean): Part {
  return { kind: 'boolean', source: sourceOf(node), evaluate }
}

function literalPart(node: Node & { readonly op: 'value' }): Part {
  const value: unknown = node.args
  if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array))
    throw problemAt(node, 'numbers have no suffix')
  return literal(node, value)
}

function literal(node: Node, written: unknown): Part {
  const isSmall = typeof written === 'bigint' && BigInt(Number(written)) === written
  const value = isSmall ? Number(written) : written
  return { kind: kindOf(value), source: sourceOf(node), literal: { value }, evaluate: () => value }
}

function negative(node: Node & { readonly op: '-_' }): Part {
  const operand = node.args
  if (operand.op !== 'value') throw problemAt(node, NOT_THERE)
  const value: unknown = operand.args
  if (typeof value !== 'bigint' && typeof value !== 'number') throw problemAt(node, NOT_THERE)
  return literal(node, -value)
}

const KINDS: Readonly<Record<FieldReference['root'], Kind | undefined>> = {
  key: undefined,
  value: undefined,
  headers: undefined,
  topic: 'text',
  partition: 'number',
  offset: 'number',
  timestamp: undefined,
}

function referencePart(node: Node, { names, references }: Scope): Part {
  const reference = referenceOf(node, names) as FieldReference
  references.push(reference)
  return {
    kind: KINDS[reference.root],
    source: reference.source,
    reference,
    evaluate: (fields) => fields.read(reference),
  }
}

function equality(node: Node & { readonly op: '==' | '!=' }, scope: Scope): Part {
  const [left, right] = [compile(node.args[0], scope), compile(node.args[1], scope)]
  const kinds = [left.kind, right.kind].filter((kind) => kind !== undefined && kind !== 'null')
  if (new Set(kinds).size > 1) throw problemAt(node, `a ${kinds[0]} and a ${kinds[1]} are never the same`)
  const wanted = node.op === '=='
  // Most conditions are of this form.
  if (right.literal !== undefined) {
    const { value } = right.literal
    const { reference } = left
    if (value === null && reference !== undefined)
      return booleanPart(node, (fields) => fields.isNull(reference) === wanted)
    if (typeof value === 'string' && reference !== undefined) {
      const written = Buffer.from(JSON.stringify(value))
      return booleanPart(node, (fields) => fields.isText(reference, value, written) === wanted)
    }
    return booleanPart(node, (fields) => isSame(left.evaluate(fields), value) === wanted)
  }
  return booleanPart(node, (fields) => isSame(left.evaluate(fields), right.evaluate(fields)) === wanted)
}

const HOLDS: Readonly<Record<'<' | '<=' | '>' | '>=', (order: number) => boolean>> = {
  '<': (found) => found < 0,
  '<=': (found) => found <= 0,
  '>': (found) => found > 0,
  '>=': (found) => found >= 0,
}

function comparison(node: Node & { readonly op: '<' | '<=' | '>' | '>=' }, scope: Scope): Part {
  const [left, right] = [compile(node.args[0], scope), compile(node.args[1], scope)]
  const kinds = [left.kind, right.kind].filter((kind) => kind !== undefined)
  if (kinds.some((kind) => kind !== 'number' && kind !== 'text') || new Set(kinds).size > 1)
    throw problemAt(
      node,
      `${left.source} and ${right.source} have no order: it takes two numbers or two texts`,
    )
  const holds = HOLDS[node.op]
  const sources = [left.source, right.source] as const
  return booleanPart(node, (fields) => {
    const found = order(left.evaluate(fields), right.evaluate(fields), sources)
    return found !== undefined && holds(found)
  })
}

function connective(node: Node & { readonly op: '&&' | '||' }, scope: Scope): Part {
  const [left, right] = [compile(node.args[0], scope), compile(node.args[1], scope)]
  needBoolean(left, node.args[0])
  needBoolean(right, node.args[1])
  return node.op === '&&'
    ? booleanPart(node, (fields) => truthOf(left, fields) && truthOf(right, fields))
    : booleanPart(node, (fields) => truthOf(left, fields) || truthOf(right, fields))
}

function needBoolean(part: Part, node: Node): void {
  if (part.kind !== undefined && part.kind !== 'boolean')
    throw problemAt(node, `${part.source} is a ${part.kind}, not true or false`)
}

/** Null, as a missing field is, is not true. */
function truthOf(part: Part, fields: RecordFields): boolean {
  const value = part.evaluate(fields)
  if (typeof value === 'boolean') return value
  if (value === null) return false
  throw clash(part, value, 'true or false')
}

function clash(part: Part, value: unknown, wanted: string): DataError {
  return new DataError(`${part.source} is ${withArticle(kindOf(value))}, not ${wanted}`)
}

function membership(node: Node & { readonly op: 'in' }, scope: Scope): Part {
  const item = compile(node.args[0], scope)
  const listNode = node.args[1]
  if (listNode.op === 'list') {
    const items = listNode.args.map((one) => {
      const part = compile(one, scope)
      if (part.literal === undefined) throw problemAt(one, 'a list that is written down holds no references')
      return part.literal.value
    })
    // Texts and numbers are found without a search; decimals and large numbers are compared.
    const known = new Set(items)
    return booleanPart(node, (fields) => {
      const value = item.evaluate(fields)
      if (known.has(value)) return true
      return typeof value === 'object' || typeof value === 'bigint'
        ? items.some((one) => isSame(value, one))
        : typeof value === 'number' && items.some((one) => typeof one === 'bigint' && isSame(value, one))
    })
  }
  const list = compile(listNode, scope)
  if (list.kind !== undefined) throw problemAt(listNode, `${list.source} is a ${list.kind}, not a list`)
  return booleanPart(node, (fields) => {
    const values = list.evaluate(fields)
    if (values === null) return false
    if (!Array.isArray(values)) throw clash(list, values, 'a list')
    const value = item.evaluate(fields)
    return values.some((one) => isSame(value, one ?? null))
  })
}

type TextTest = (text: string, argument: string) => boolean

const TEXT_TESTS: Readonly<Record<string, TextTest>> = {
  startsWith: (text, argument) => text.startsWith(argument),
  endsWith: (text, argument) => text.endsWith(argument),
  contains: (text, argument) => text.includes(argument),
}

function functionCall(node: Node & { readonly op: 'call' | 'rcall' }, scope: Scope): Part {
  const [name] = node.args
  const args = node.op === 'call' ? node.args[1] : [node.args[1], ...node.args[2]]
  const called = node.op === 'call' ? name : `.${name}`
  const [first, second] = args
  if (called === 'has' && args.length === 1 && first !== undefined) return presence(node, first, scope)
  if ((called === 'size' || called === '.size') && args.length === 1 && first !== undefined)
    return sizePart(node, compile(first, scope))
  if (called === 'timestamp' && args.length === 1 && first !== undefined) return instant(node, first)
  if (node.op === 'rcall' && args.length === 2 && first !== undefined && second !== undefined) {
    if (name === 'matches') return matching(node, [compile(first, scope), compile(second, scope)], scope)
    const test = Object.hasOwn(TEXT_TESTS, name) ? TEXT_TESTS[name] : undefined
    if (test !== undefined) return textTest(node, [compile(first, scope), compile(second, scope)], test)
  }
  throw problemAt(
    node,
    `there is no ${called}(${args.length > 0 ? '…' : ''}): has(…), size(…), timestamp("…"), and for texts ` +
      '.startsWith(…), .endsWith(…), .contains(…), .matches("…")',
  )
}

function presence(node: Node, operand: Node, scope: Scope): Part {
  const part = compile(operand, scope)
  const { reference } = part
  if (reference === undefined) throw problemAt(operand, 'has(…) takes a reference')
  return booleanPart(node, (fields) => !fields.isNull(reference))
}

/** Characters of a text, bytes, elements of a list, members of an object. */
function sizePart(node: Node, part: Part): Part {
  return {
    kind: undefined,
    source: sourceOf(node),
    evaluate(fields) {
      const value = part.evaluate(fields)
      const kind = kindOf(value)
      if (kind === 'text') return lengthOf(value as string)
      if (kind === 'list' || kind === 'bytes') return (value as { readonly length: number }).length
      if (kind === 'object') return membersIn(value as object)
      if (kind === 'null') return null
      throw clash(part, value, 'a text, bytes, a list or an object')
    },
  }
}

function membersIn(value: object): number {
  if (isStruct(value)) return value.schema.fields.length
  return value instanceof Map ? value.size : Object.keys(value).length
}

function lengthOf(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

/** The milliseconds of a time that is written down. */
function instant(node: Node, operand: Node): Part {
  const text: unknown = operand.op === 'value' ? operand.args : undefined
  const ms = typeof text === 'string' && RFC_3339.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw problemAt(node, 'timestamp(…) takes a time such as "2026-05-01T00:00:00Z"')
  return literal(node, ms)
}

function textTest(node: Node, [text, argument]: readonly [Part, Part], test: TextTest): Part {
  for (const part of [text, argument]) {
    if (part.kind !== undefined && part.kind !== 'text')
      throw problemAt(node, `${part.source} is a ${part.kind}, not a text`)
  }
  return booleanPart(node, (fields) => {
    const value = textIn(text, fields)
    const other = textIn(argument, fields)
    return value !== null && other !== null && test(value, other)
  })
}

function textIn(part: Part, fields: RecordFields): string | null {
  const value = part.evaluate(fields)
  if (value === null || typeof value === 'string') return value
  throw clash(part, value, 'a text')
}

/** The pattern is Java's, and found anywhere in the text; its time is bounded. */
function matching(node: Node, [text, pattern]: readonly [Part, Part], { key }: Scope): Part {
  const written = pattern.literal?.value
  if (typeof written !== 'string') throw problemAt(node, 'matches(…) takes a pattern in quotes')
  let regex: JavaRegex
  try {
    regex = JavaRegex.compile(written, { key })
  } catch (cause) {
    throw new SyntaxProblem(`Invalid regex: ${(cause as Error).message}`, { cause })
  }
  return textTest(node, [text, pattern], (value) => regex.finds(value))
}
