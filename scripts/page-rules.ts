/** What keeps pages readable as text: short lines, narrow tables, decisions that all have one form, and no path that is not there. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { pathProblems } from './structure-rules.ts'

const WIDEST_ROW = 160
const WIDEST_LINE = 200
const PARTS = ['Status', 'Context', 'Decision', 'Consequences']

/** Rows of tables that nobody can read in an editor or a terminal. */
export function tableProblems(file: string, page: string): string[] {
  return page
    .split('\n')
    .flatMap((line, i) =>
      line.startsWith('|') && line.length > WIDEST_ROW
        ? [
            `${file}:${i + 1}: a table row of ${line.length} characters, more than ${WIDEST_ROW}: ` +
              'make a heading or a list item of each row',
          ]
        : [],
    )
}

/** Lines that nobody can read as text. What a program has printed stands as it came, in fences. */
export function lineProblems(file: string, page: string): string[] {
  let isFenced = false
  return page.split('\n').flatMap((line, i) => {
    if (/^\s*(```|~~~)/.test(line)) isFenced = !isFenced
    return !isFenced && line.length > WIDEST_LINE
      ? [`${file}:${i + 1}: a line of ${line.length} characters, more than ${WIDEST_LINE}: wrap it`]
      : []
  })
}

/**
 * What a decision lacks: its four headings, or its line in the index with the status that its page states.
 *
 * @param name of the file, beside the index.
 */
export function decisionProblems(name: string, page: string, index: string): string[] {
  const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading)
  if (headings.join() !== PARTS.join())
    return [
      `docs/decisions/${name}: its headings are ${headings.join(', ')}; they must be ${PARTS.join(', ')}`,
    ]
  const title = /^# (.*)$/m.exec(page)?.[1] ?? ''
  const status = /^## Status\n\n([^.]+)\./m.exec(page)?.[1] ?? ''
  const line = `- [${title}](${name}): ${status.toLowerCase()}.`
  return status !== '' && index.split('\n').includes(line)
    ? []
    : [`docs/decisions/README.md lacks the line "${line}"`]
}

/** All of it, for the pages of this repository. */
export function pageProblems(): string[] {
  const read = (file: string): string => readFileSync(file, 'utf8')
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    encoding: 'utf8',
  })
  const pages = listed.split('\n').filter((file) => file !== '' && existsSync(file))
  const index = read('docs/decisions/README.md')
  return [
    ...pages.flatMap((file) => [...tableProblems(file, read(file)), ...lineProblems(file, read(file))]),
    ...pages
      .filter((file) => /^docs\/decisions\/\d/.test(file))
      .flatMap((file) => decisionProblems(basename(file), read(file), index)),
    ...pathProblems('docs/glossary.md', read('docs/glossary.md'), existsSync),
  ]
}
