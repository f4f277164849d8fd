/** What a stranger needs to find his way: small folders, packages that can be read, and a plan that is true. */
import { dirname } from 'node:path'
import { WALLS } from './walls.ts'

const MOST_FILES = 25

/** Sources of a package: neither tests nor what only tests use. */
export function isSource(file: string): boolean {
  return (
    /\/src\/.*\.ts$/.test(file) &&
    !/\.(?:test|type-test|fixture)\.ts$|\/(?:conformance|fixtures)\//.test(file)
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
  const paths = [
    ...page.matchAll(/`((?:framework|transforms|connectors|test|scripts|docs)\/[\w./-]+)`/g),
  ].map(([, path = '']) => path)
  return [
    ...missing.map((room) => `DESIGN.md has no row for ${room}`),
    ...[...new Set(paths)]
      .filter((path) => !exists(path))
      .map((path) => `DESIGN.md names ${path}, which is not there`),
  ]
}
