import { ConfigError, fieldSteps } from '@spillway/api'

/** What becomes of the fields of one object. */
export interface Projection {
  /** Where only fields with a rule are kept. */
  readonly isExclusive: boolean
  readonly rules: ReadonlyMap<string, FieldRule>
  /** New names of fields: no other that is kept may have one of them. */
  readonly newNames: ReadonlySet<string>
}

/** What becomes of a field. */
export interface FieldRule {
  readonly keeps: boolean
  /** Its new name, where it gets one. */
  readonly name?: string
  /** What becomes of its own fields; absent, all stay. */
  readonly within?: Projection
  /** The key and the path that lead into it, for errors. */
  readonly source: string
}

interface MutableRule {
  keeps: boolean
  name?: string
  within?: MutableProjection
  source: string
}

interface MutableProjection {
  isExclusive: boolean
  readonly rules: Map<string, MutableRule>
  readonly newNames: Set<string>
}

/** The values of the keys `refine.project.*`. */
export interface ProjectionKeys {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  readonly rename: readonly string[]
}

/** A wrong item of one of the keys. */
export class ProjectionProblem extends Error {
  readonly key: keyof ProjectionKeys

  constructor(key: keyof ProjectionKeys, message: string) {
    super(message)
    this.key = key
  }
}

const MOST_PATHS = 1_000
const MOST_STEPS = 32

/**
 * Joins paths into a tree of rules; undefined where there are none. A field is kept if it, or one around it, is included
 * and none of them is excluded; `rename` names fields as they were.
 *
 * @throws {ProjectionProblem}
 */
export function projectionOf(keys: ProjectionKeys): Projection | undefined {
  const { include, exclude, rename } = keys
  if (include.length + exclude.length + rename.length === 0) return undefined
  for (const key of ['include', 'exclude', 'rename'] as const) {
    if (keys[key].length > MOST_PATHS)
      throw new ProjectionProblem(key, `it has ${keys[key].length} items; at most ${MOST_PATHS} are taken`)
  }
  const root = projection(include.length > 0)
  for (const path of include) includePath(root, stepsOf('include', path), `include ${path}`)
  for (const path of exclude) excludePath(root, stepsOf('exclude', path), `exclude ${path}`)
  for (const item of rename) renamePath(root, item)
  return root
}

function projection(isExclusive: boolean): MutableProjection {
  return { isExclusive, rules: new Map(), newNames: new Set() }
}

function stepsOf(key: keyof ProjectionKeys, path: string): string[] {
  let steps: string[]
  try {
    steps = fieldSteps(path)
  } catch (error) {
    if (error instanceof ConfigError) throw new ProjectionProblem(key, error.message)
    throw error
  }
  if (steps.includes('')) throw new ProjectionProblem(key, `"${path}" has a step without a name`)
  if (steps.length > MOST_STEPS)
    throw new ProjectionProblem(key, `"${path}" has ${steps.length} steps; at most ${MOST_STEPS} are taken`)
  return steps
}

function includePath(root: MutableProjection, steps: readonly string[], source: string): void {
  let at = root
  for (const [i, step] of steps.entries()) {
    const rule = at.rules.get(step)
    const isLast = i === steps.length - 1
    if (isLast) {
      // All of it, whatever of it was included before.
      at.rules.set(step, { keeps: true, source })
      return
    }
    if (rule !== undefined && rule.within === undefined) return
    const within = rule?.within ?? projection(true)
    if (rule === undefined) at.rules.set(step, { keeps: true, within, source })
    at = within
  }
}

function excludePath(root: MutableProjection, steps: readonly string[], source: string): void {
  let at = root
  for (const [i, step] of steps.entries()) {
    const isLast = i === steps.length - 1
    let rule = at.rules.get(step)
    if (rule === undefined) {
      if (at.isExclusive) return
      rule = { keeps: true, source }
      at.rules.set(step, rule)
    }
    if (!rule.keeps) return
    if (isLast) {
      rule.keeps = false
      return
    }
    rule.within ??= projection(false)
    at = rule.within
  }
}

function renamePath(root: MutableProjection, item: string): void {
  const colon = item.lastIndexOf(':')
  const path = item.slice(0, colon)
  const name = item.slice(colon + 1).trim()
  if (colon <= 0 || name === '' || name.includes('`'))
    throw new ProjectionProblem(
      'rename',
      `"${item}" is no pair of a field and its new name, such as user.id:user_id`,
    )
  const steps = stepsOf('rename', path.trim())
  let at = root
  for (const [i, step] of steps.entries()) {
    let rule = at.rules.get(step)
    if ((rule === undefined && at.isExclusive) || rule?.keeps === false)
      throw new ProjectionProblem('rename', `"${path}" is renamed, but left out by the other keys`)
    if (rule === undefined) {
      rule = { keeps: true, source: `rename ${item}` }
      at.rules.set(step, rule)
    }
    if (i < steps.length - 1) {
      rule.within ??= projection(false)
      at = rule.within
      continue
    }
    if (rule.name !== undefined) throw new ProjectionProblem('rename', `"${path}" is renamed twice`)
    if (at.newNames.has(name)) throw new ProjectionProblem('rename', `two fields are renamed to ${name}`)
    rule.name = name
    at.newNames.add(name)
  }
}
