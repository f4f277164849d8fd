import { own } from '../../data/own.ts'
/** A place in a template that a record fills, such as `{{timestamp:unit=yyyy}}`. */
export interface TemplateVariable {
  readonly name: string
  readonly parameter?: { readonly name: string; readonly value: string }
}

/** Literal text, or a variable. */
export type TemplatePart = string | TemplateVariable

/** How files are told apart by a template. */
export interface TemplateGrouping {
  /** True where every record key has files of its own. */
  readonly byKey: boolean
  /** True where names do not say an offset: then there is one object per key, and the latest record of it counts. */
  readonly latestOnly: boolean
}

const VARIABLE = /\{\{\s*(\w+)?(:?)([\w=]+)?\s*\}\}/g
const PARAMETER = /^(\w*)(?:=(\w*))?/

const PADDING = ['true', 'false']
/** Allowed values of the parameters that a variable takes; `required` where it means nothing without. */
const PARAMETERS: Readonly<Record<string, { name: string; values: readonly string[]; required?: true }>> = {
  partition: { name: 'padding', values: PADDING },
  start_offset: { name: 'padding', values: PADDING },
  timestamp: { name: 'unit', values: ['yyyy', 'MM', 'dd', 'HH'], required: true },
}

const SETS =
  'topic,partition,start_offset,timestamp; topic,partition,key,start_offset,timestamp; key; key,topic,partition'

/**
 * A template of file names as Aiven's sinks have them.
 *
 * @param variables that it may have beside those of {@link templateGrouping}.
 * @throws {RangeError} saying what is wrong with it.
 */
export function parseFileNameTemplate(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = []
  let at = 0
  for (const match of text.matchAll(VARIABLE)) {
    if (match.index > at) parts.push(text.slice(at, match.index))
    parts.push(variableOf(text, match))
    at = match.index + match[0].length
  }
  if (at < text.length) parts.push(text.slice(at))
  return parts
}

function variableOf(text: string, [, name, colon, parameter]: RegExpExecArray): TemplateVariable {
  if (name === undefined) throw new RangeError(`Variable name hasn't been set for template: ${text}`)
  if (parameter === undefined) {
    if (colon === ':') throw new RangeError('Wrong variable with parameter definition')
    return { name }
  }
  const [, key = '', value = ''] = PARAMETER.exec(parameter) ?? []
  if (key === '') throw new RangeError(`Parameter name for variable \`${name}\` has not been set`)
  if (value === '') {
    throw new RangeError(`Parameter value for variable \`${name}\` and parameter \`${key}\` has not been set`)
  }
  return { name, parameter: { name: key, value } }
}

/** The variables of a template. */
export function variablesOf(parts: readonly TemplatePart[]): TemplateVariable[] {
  return parts.filter((part) => typeof part !== 'string')
}

/** @throws {RangeError} for a parameter that a variable does not take, or lacks. */
export function checkParameters(parts: readonly TemplatePart[]): void {
  for (const { name, parameter } of variablesOf(parts)) {
    const known = own(PARAMETERS, name)
    if (known === undefined) continue
    if (parameter === undefined) {
      if (known.required !== true) continue
      throw new RangeError(
        `parameter ${known.name} is required for the the variable ${name}, supported values are: ${known.values.join('|')}`,
      )
    }
    if (parameter.name === known.name && known.values.includes(parameter.value)) continue
    const supported = Object.entries(PARAMETERS).map(
      ([variable, { name: key, values }]) => `${variable}:${key}=${values.join('|')}`,
    )
    throw new RangeError(
      `unsupported set of template variables parameters, supported sets are: ${supported.join(',')}`,
    )
  }
}

/** What the variables of a template mean for which records share a file. @throws {RangeError} */
export function templateGrouping(text: string, parts: readonly TemplatePart[]): TemplateGrouping {
  const names = new Set(variablesOf(parts).map(({ name }) => name))
  if (names.size === 0) {
    throw new RangeError(
      `RecordGrouper requires that the template [${text}] has variables defined. Supported variables are: ${SETS}`,
    )
  }
  const has = (...needed: string[]): boolean => needed.every((name) => names.has(name))
  const onlyHas = (...allowed: string[]): boolean => [...names].every((name) => allowed.includes(name))
  const offsets = ['topic', 'partition', 'start_offset']
  if (has(...offsets) && onlyHas(...offsets, 'timestamp', 'key')) {
    return { byKey: has('key'), latestOnly: false }
  }
  if (has('key') && onlyHas('key', 'topic', 'partition')) return { byKey: true, latestOnly: true }
  throw new RangeError(`unsupported set of template variables, supported sets are: ${SETS}`)
}
