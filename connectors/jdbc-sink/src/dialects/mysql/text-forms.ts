import { plainNumber } from '../../values/exact-numbers.ts'
import type { MysqlTarget } from './column-targets.ts'

const DAY = String.raw`\d{4}-\d{1,2}-\d{1,2}`
const CLOCK = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?`

/**
 * How a text must look for a column that reads texts in many ways: MySQL takes `10:11:12` for a day of 2010, `24` for a
 * year and drops the time of day in a DATE.
 */
const FORMS: Readonly<Partial<Record<MysqlTarget, RegExp>>> = {
  date: new RegExp(`^(?:${DAY}(?:[T ]00:00(?::00(?:\\.0+)?)?)?|\\d{8})$`),
  datetime: new RegExp(`^(?:${DAY}(?:[T ]${CLOCK}(?:[+-]\\d{2}:\\d{2})?)?|\\d{14})$`),
  time: /^-?\d{1,3}:\d{2}(?::\d{2}(?:\.\d+)?)?$/,
  year: /^\d{4}$/,
}

const WANTED: Readonly<Partial<Record<MysqlTarget, string>>> = {
  date: 'write it as 2024-12-31',
  datetime: 'write it as 2024-12-31 23:59:59',
  time: 'write it as 23:59:59',
  year: 'write it with four digits',
}

/** What is wrong with a text for such a column, as a reason; undefined where nothing is. */
export function formFault(text: string, target: MysqlTarget): string | undefined {
  return FORMS[target]?.test(text) === false ? `the text is no ${target}: ${WANTED[target]}` : undefined
}

/** The number a text is, without exponent; undefined for a text that is none. */
export function numberOfText(text: string): string | undefined {
  return plainNumber(text.trim())
}

/** What an ENUM or SET would take for the position of a label, or for the bits of labels. */
export function looksLikePosition(text: string): boolean {
  return /^\s*[+-]?\d/.test(text)
}

/** Labels of a column type such as `enum('a','it''s')`. */
export function labelsOf(columnType: string): readonly string[] {
  return [...columnType.matchAll(/'((?:[^']|'')*)'/g)].map((match) => (match[1] ?? '').replaceAll("''", "'"))
}
