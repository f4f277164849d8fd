/** What a stranger needs to find his way: small folders, packages that can be read, and a plan that is true. */
import { dirname } from 'node:path'
import { WALLS } from './walls.ts'

const MOST_FILES = 25
const MOST_LINES = 15_000
/** Packages that may be larger, because lint holds rooms within them. */
const MOST_LINES_OF: Readonly<Record<string, number>> = { 'transforms/streams': 30_000 }
const EXPORTED_TYPE = /^export (?:declare |abstract |const )*(?:interface|type|class|enum) (\w+)/gm

/** A file of the tree with what it holds. */
export interface SourceText {
  readonly file: string
  readonly text: string
}

/** Sources of a package: neither tests nor what only tests use, such as the suites of its testing room. */
export function isSource(file: string): boolean {
  return (
    /\/src\/.*\.ts$/.test(file) &&
    !/\.(?:test|type-test|fixture)\.ts$|\/(?:conformance|fixtures)\/|\/src\/testing\//.test(file)
  )
}

/** Folders with more source files than one looks through. */
export function folderProblems(files: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const file of files.filter(isSource)) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count > MOST_FILES)
    .map(([folder, count]) => `${folder}: ${count} source files, more than ${MOST_FILES}: make rooms`)
}

/** Packages with more lines than one can know. What only tests use does not count: a package's `testing` room too. */
export function sizeProblems(sources: readonly SourceText[]): string[] {
  return WALLS.flatMap(({ folder }) => {
    const most = MOST_LINES_OF[folder] ?? MOST_LINES
    const lines = sourcesOf(folder, sources)
      .filter(({ file }) => !file.includes('/testing/'))
      .reduce((sum, { text }) => sum + text.split('\n').length - 1, 0)
    return lines > most ? [`${folder}: ${lines} lines, more than ${most}: make two packages of it`] : []
  })
}

/** Types of one name that two files of a package export. Re-exports are the same type, and do not count. */
export function nameProblems(sources: readonly SourceText[]): string[] {
  return WALLS.flatMap(({ folder }) => {
    const homes = new Map<string, Set<string>>()
    for (const { file, text } of sourcesOf(folder, sources)) {
      for (const [, name = ''] of text.matchAll(EXPORTED_TYPE)) {
        const files = homes.get(name) ?? new Set()
        homes.set(name, files.add(file))
      }
    }
    return [...homes]
      .filter(([, files]) => files.size > 1)
      .map(
        ([name, files]) => `${[...files].join(' and ')} both export a type ${name}: rename one, or share it`,
      )
  })
}

function sourcesOf(folder: string, sources: readonly SourceText[]): SourceText[] {
  return sources.filter(({ file }) => file.startsWith(`${folder}/src/`) && isSource(file))
}

/**
 * What is not true of DESIGN.md: rooms without a row in its map, and paths that are not there.
 *
 * @param exists whether a path below the root is there.
 */
export function designProblems(
  page: string,
  files: readonly string[],
  exists: (path: string) => boolean,
): string[] {
  const rooms = new Set(
    files.filter(isSource).flatMap((file) => {
      const wall = WALLS.find(({ folder }) => file.startsWith(`${folder}/src/`))
      const room = wall && new RegExp(`^${wall.folder}/src/([^/]+)/`).exec(file)?.[1]
      return wall === undefined || room === undefined ? [] : [`${wall.folder}/src/${room}`]
    }),
  )
  const missing = [...rooms].filter((room) => !page.includes(`| \`${room}\``))
  return [
    ...missing.map((room) => `DESIGN.md has no row for ${room}`),
    ...pathProblems('DESIGN.md', page, exists),
  ]
}

/** Paths that a page names and that are not there. */
export function pathProblems(name: string, page: string, exists: (path: string) => boolean): string[] {
  const paths = [
    ...page.matchAll(/`((?:framework|transforms|connectors|test|scripts|docs|stack)\/[\w./-]+)`/g),
  ].map(([, path = '']) => path)
  return [...new Set(paths)]
    .filter((path) => !exists(path))
    .map((path) => `${name} names ${path}, which is not there`)
}
