/** What no reviewer should have to look for: files that grew too long, and tests that were switched off. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { pageProblems } from './page-rules.ts'
import {
  designProblems,
  folderProblems,
  nameProblems,
  sizeProblems,
  type SourceText,
} from './structure-rules.ts'

const MAX_LINES = 500
const SWITCHED_OFF = /\b(?:test|it|describe|suite)\.(?:skip|only|todo)\(|\bTODO\b|\bFIXME\b/

const files = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx', '*.mjs', '*.js'],
  {
    encoding: 'utf8',
  },
)
  .split('\n')
  .filter((file) => file !== '' && !/(^|\/)(dist|fixtures|generated)\//.test(file))

const problems: string[] = []
const sources: SourceText[] = files.map((file) => ({ file, text: readFileSync(file, 'utf8') }))
for (const { file, text } of sources) {
  const lines = text.split('\n')
  if (lines.length > MAX_LINES)
    problems.push(`${file}: ${lines.length} lines, more than ${MAX_LINES}: split it by idea`)
  if (file === 'scripts/check-structure.ts') continue
  lines.forEach((line, i) => {
    if (SWITCHED_OFF.test(line)) problems.push(`${file}:${i + 1}: ${line.trim()}`)
  })
}
problems.push(
  ...folderProblems(files),
  ...sizeProblems(sources),
  ...nameProblems(sources),
  ...designProblems(readFileSync('DESIGN.md', 'utf8'), files, existsSync),
)
problems.push(...pageProblems())
for (const problem of problems) console.error(problem)
console.log(`${files.length} files, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
