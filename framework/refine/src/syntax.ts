import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'

/** The library's parser alone is used: what a tree means is said in compile-condition.ts. */
const environment = new Environment({
  unlistedVariablesAreDyn: true,
  limits: { maxAstNodes: 2_000, maxDepth: 64, maxListElements: 1_000, maxMapEntries: 0, maxCallArguments: 4 },
})

/** Characters of one condition or template. */
const MOST_CHARACTERS = 20_000

/** What is wrong with an expression; the place is in the message. */
export class SyntaxProblem extends Error {}

export type Node = ASTNode

/** Reads an expression in the syntax of the Common Expression Language. @throws {SyntaxProblem} */
export function parseExpression(text: string): Node {
  if (text.length > MOST_CHARACTERS) {
    throw new SyntaxProblem(`it has ${text.length} characters; at most ${MOST_CHARACTERS} are taken`)
  }
  try {
    return environment.parse(text).ast
  } catch (error) {
    if (error instanceof ParseError) {
      throw new SyntaxProblem(`${error.summary}${placeOf(error.range?.start, text)}`, { cause: error })
    }
    if (error instanceof RangeError) throw new SyntaxProblem('it is nested too deeply', { cause: error })
    throw error
  }
}

/** A problem with a part of an expression. */
export function problemAt(node: Node, message: string): SyntaxProblem {
  return new SyntaxProblem(`${message}${placeOf(node.start, node.input)}`)
}

const SHOWN = 40

function placeOf(at: number | undefined, text: string): string {
  if (at === undefined) return ''
  const rest = text.slice(at, at + SHOWN)
  const where = rest === '' ? 'at the end' : `at "${rest}${at + SHOWN < text.length ? '…' : ''}"`
  return ` (${where}, character ${at + 1})`
}

/** A part of an expression as it is written. */
export function sourceOf(node: Node): string {
  return node.input.slice(node.start, node.end)
}
