import { ConfigError } from '../errors/connect-errors.ts'

/**
 * Splits a field path at its dots (KIP-821, `field.syntax.version=V2`). A step that starts with a backtick runs to the
 * next backtick that a dot or the end follows; before a dot, a backslash keeps a backtick as part of the name.
 *
 * @throws {ConfigError} for a backtick that is not closed.
 */
export function fieldSteps(path: string): string[] {
  const steps: string[] = []
  let at = 0
  while (at < path.length) {
    if (path[at] === '`') {
      const step = quotedStep(path, at)
      steps.push(step.name)
      at = step.end
    } else {
      const dot = path.indexOf('.', at)
      const end = dot < 0 ? path.length : dot
      steps.push(path.slice(at, end))
      at = end + 1
    }
  }
  // A dot at the end leads to a field without a name, and so does a path without any step.
  if (path === '' || path.endsWith('.')) steps.push('')
  return steps
}

function quotedStep(path: string, opening: number): { name: string; end: number } {
  let name = ''
  let copied = opening + 1
  let from = copied
  for (;;) {
    const tick = path.indexOf('`', from)
    if (tick < 0) throw incomplete(path, opening)
    const isLast = tick === path.length - 1
    const isEscaped = path[tick - 1] === '\\'
    if (isLast) {
      if (isEscaped) throw incomplete(path, opening)
      return { name: name + path.slice(copied, tick), end: tick + 1 }
    }
    from = tick + 1
    if (path[tick + 1] !== '.') continue
    if (!isEscaped) return { name: name + path.slice(copied, tick), end: tick + 2 }
    name += `${path.slice(copied, tick - 1)}\``
    copied = from
  }
}

function incomplete(path: string, opening: number): ConfigError {
  return new ConfigError(
    `Incomplete backtick pair in path: [${path}], consider adding a backslash before backtick at position ${opening} to escape it`,
  )
}
