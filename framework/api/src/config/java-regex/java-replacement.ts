import { ConfigError } from '../../errors/connect-errors.ts'
import type { Translation } from './translate.ts'

/** A parsed replacement: literal texts and numbers of groups. */
export type Replacement = readonly (string | number)[]

/**
 * Reads a replacement of Java's `Matcher.replaceFirst`: `$n` (as many digits as there are groups for), `${name}`, and a
 * backslash that takes the next character as it is.
 *
 * @throws {ConfigError} for a group that the pattern lacks, and for a `$` or backslash with nothing sensible after it.
 */
export function parseReplacement(
  text: string,
  groups: Pick<Translation, 'groupCount' | 'groupNames'>,
): Replacement {
  const parts: (string | number)[] = []
  let plain = ''
  const addGroup = (group: number): void => {
    if (plain !== '') parts.push(plain)
    plain = ''
    parts.push(group)
  }
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '\\') {
      at++
      if (at >= text.length) throw new ConfigError('character to be escaped is missing')
      plain += text.charAt(at)
    } else if (char !== '$') {
      plain += char
    } else if (text.charAt(at + 1) === '{') {
      const { group, end } = namedGroup(text, at, groups.groupNames)
      addGroup(group)
      at = end
    } else {
      const { group, end } = numberedGroup(text, at, groups.groupCount)
      addGroup(group)
      at = end
    }
  }
  if (plain !== '') parts.push(plain)
  return parts
}

function namedGroup(
  text: string,
  at: number,
  names: ReadonlyMap<string, number>,
): { group: number; end: number } {
  const end = text.indexOf('}', at)
  const name = text.slice(at + 2, end < 0 ? undefined : end)
  if (end < 0) throw new ConfigError("named capturing group is missing trailing '}'")
  if (/^\d/.test(name)) {
    throw new ConfigError(`capturing group name {${name}} starts with digit character`)
  }
  const group = names.get(name)
  if (group === undefined) throw new ConfigError(`No group with name {${name}}`)
  return { group, end }
}

function numberedGroup(text: string, at: number, count: number): { group: number; end: number } {
  let end = at + 1
  if (!/\d/.test(text.charAt(end))) {
    throw new ConfigError(`Illegal group reference at index ${at} of "${text}": write \\$ for a dollar sign`)
  }
  let group = Number(text.charAt(end))
  if (group > count) throw new ConfigError(`No group ${group}`)
  while (/\d/.test(text.charAt(end + 1))) {
    const longer = group * 10 + Number(text.charAt(end + 1))
    if (longer > count) break
    group = longer
    end++
  }
  return { group, end }
}
