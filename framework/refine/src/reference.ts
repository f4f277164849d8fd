import { type FieldNames, type FieldReference, fieldReference, type FieldStep } from './record-fields.ts'
import { type Node, problemAt, sourceOf } from './syntax.ts'

const ROOTS = ['key', 'value', 'headers', 'topic', 'partition', 'offset', 'timestamp'] as const
/** Those that have no fields. */
const SINGLE = ['topic', 'partition', 'offset', 'timestamp']
const MOST_STEPS = 32

/**
 * The reference that a part of an expression is: `value.a.b`, `headers["x-tenant"]`, `topic`; undefined for what is none.
 *
 * @throws {SyntaxProblem} for one that leads nowhere.
 */
export function referenceOf(node: Node, names: FieldNames): FieldReference | undefined {
  if (node.op !== 'id' && node.op !== '.' && node.op !== '[]') return undefined
  const steps: FieldStep[] = []
  let at: Node = node
  while (at.op === '.' || at.op === '[]') {
    steps.unshift(at.op === '.' ? at.args[1] : indexOf(at.args[1]))
    at = at.args[0]
  }
  if (at.op !== 'id') throw problemAt(node, 'only what stands in a record has fields')
  const name = at.args
  const root = ROOTS.find((one) => one === name)
  if (root === undefined) {
    throw problemAt(at, `there is no ${name}: a reference begins with one of ${ROOTS.join(', ')}`)
  }
  if (SINGLE.includes(root) && steps.length > 0) throw problemAt(node, `${root} has no fields`)
  if (root === 'headers' && typeof steps[0] !== 'string')
    throw problemAt(node, 'headers need the name of a header: headers["name"]')
  if (steps.length > MOST_STEPS) throw problemAt(node, `a path has at most ${MOST_STEPS} steps`)
  return fieldReference(root, steps, sourceOf(node), names)
}

function indexOf(node: Node): FieldStep {
  if (node.op === 'value' && typeof node.args === 'string') return node.args
  if (node.op === 'value' && typeof node.args === 'bigint' && node.args <= 1_000_000n)
    return Number(node.args)
  throw problemAt(node, 'in brackets stands the name of a field in quotes, or the place of an element')
}
