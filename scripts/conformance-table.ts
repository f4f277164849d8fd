/** The outcome of one numbered case in the modes it was run in. */
export interface CaseResult {
  readonly name: string
  readonly passed: boolean
}

export const COLUMNS = ['Kafka Connect', 'Spillway'] as const
export type Column = (typeof COLUMNS)[number]

interface Row {
  readonly cases: string
  readonly what: string
  readonly results: Partial<Record<Column, string>>
}

const BEGIN = '<!-- conformance:begin -->'
const END = '<!-- conformance:end -->'

/**
 * A page with the results of a run in its table, between two markers; the columns of runtimes that were not run stay.
 * @throws {Error} where the page has no markers.
 */
export function withResults(page: string, results: Partial<Record<Column, readonly CaseResult[]>>): string {
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`The page has no ${BEGIN} and ${END}`)
  const rows = new Map<string, Row>()
  const put = (cases: string, what: string, column: Column, result: string): void => {
    const row = rows.get(cases + what) ?? { cases, what, results: {} }
    rows.set(cases + what, { ...row, results: { ...row.results, [column]: result } })
  }
  const kept = COLUMNS.filter((column) => results[column] === undefined)
  for (const row of readRows(page.slice(begin, end))) {
    for (const column of kept) {
      const result = row.results[column]
      if (result !== undefined) put(row.cases, row.what, column, result)
    }
  }
  for (const column of COLUMNS) {
    for (const { cases, what, passed } of merged(results[column] ?? [])) {
      put(cases, what, column, passed ? 'passes' : 'fails')
    }
  }
  const lines = [...rows.values()].toSorted(byNumber).map(renderRow)
  const table = [renderLine(['case', 'what', ...COLUMNS]), '| --- | --- | --- | --- |', ...lines]
  return `${page.slice(0, begin)}${BEGIN}\n\n${table.join('\n')}\n\n${page.slice(end)}`
}

/** One entry per title: what is run in several modes passes where it passes in all of them. */
function merged(results: readonly CaseResult[]): { cases: string; what: string; passed: boolean }[] {
  const byName = new Map<string, boolean>()
  for (const { name, passed } of results) byName.set(name, passed && (byName.get(name) ?? true))
  return [...byName].flatMap(([name, passed]) => {
    const match = /^([ABX]\d+(?:, [ABX]\d+)*): (.*)$/.exec(name)
    return match === null ? [] : [{ cases: match[1] ?? '', what: match[2] ?? '', passed }]
  })
}

function readRows(table: string): Row[] {
  return table
    .split('\n')
    .filter((line) => /^\| [ABX]\d/.test(line))
    .map((line) => {
      const [cases = '', what = '', ...cells] = line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|'))
      const results = COLUMNS.map((column, i) => [column, cells[i] ?? ''])
      return { cases, what, results: Object.fromEntries(results) as Row['results'] }
    })
}

function renderRow({ cases, what, results }: Row): string {
  return renderLine([cases, what, ...COLUMNS.map((column) => results[column] ?? 'not run')])
}

function renderLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function byNumber(a: Row, b: Row): number {
  const key = ({ cases }: Row): [string, number] => [cases.slice(0, 1), Number.parseInt(cases.slice(1), 10)]
  const [[letterA, numberA], [letterB, numberB]] = [key(a), key(b)]
  return letterA < letterB ? -1 : letterA > letterB ? 1 : numberA - numberB
}
