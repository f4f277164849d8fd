import { FieldPath } from './field-path.ts'

const STEP = /\.?([^.[\]]+)|\[(?:'([^']*)'|"([^"]*)"|(\d+))\]/y

/**
 * A path to one value, in the part of JSONPath that means one: `user.address.city`, `$.items[0].sku`, `$['a.b']`.
 *
 * @throws {RangeError} naming the place where the text stops being such a path.
 */
export function jsonPath(text: string): FieldPath {
  const body = text.startsWith('$') ? text.slice(1) : text
  const segments: string[] = []
  STEP.lastIndex = 0
  while (STEP.lastIndex < body.length) {
    const at = STEP.lastIndex
    const step = STEP.exec(body)
    if (step === null)
      throw new RangeError(`'${text}' is not a path to a field: stopped at "${body.slice(at)}"`)
    segments.push(step[1] ?? step[2] ?? step[3] ?? step[4] ?? '')
  }
  if (segments.length === 0) throw new RangeError(`'${text}' is not a path to a field`)
  return new FieldPath(text, segments)
}
