import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { TESTING, WALLS, type Wall } from './walls.ts'

const root = join(import.meta.dirname, '..')

/** An import that a wall forbids, and the file it stands in. */
interface Trespass {
  readonly file: string
  readonly specifier: string
}

function trespasses({ folder, name, mayImport, isKafka, rooms = [] }: Wall): Trespass[] {
  const packages = WALLS.map((wall) => wall.name).filter(
    (other) => other !== name && !mayImport.includes(other),
  )
  const between = rooms.flatMap((room, at) =>
    rooms.slice(at + 1).map((higher): [string, string] => [`${room}/`, `../${higher}/anything.ts`]),
  )
  return [
    ...packages.map((other): [string, string] => ['', other]),
    ...mayImport
      .filter((other) => other.startsWith('@'))
      .map((other): [string, string] => ['', `${other}/src/a.ts`]),
    ['', `${folder.replace(/[^/]+/g, '..')}/../stack/src/a.ts`] satisfies [string, string],
    ...(isKafka ? [] : [['', 'kafkajs'] satisfies [string, string]]),
    ...between,
    ...suites(packages, mayImport, rooms),
  ].map(([room, specifier], i) => ({ file: `${folder}/src/${room}trespass-${i}.ts`, specifier }))
}

/** Ways to a suite that are closed: production's to its own and to another's, a suite's to one its package may not import. */
function suites(
  closed: readonly string[],
  open: readonly string[],
  rooms: readonly string[],
): [string, string][] {
  return [
    ['', `./${TESTING}/index.ts`],
    ['', 'fast-check'],
    ['', 'node:test'],
    ...rooms
      .filter((room) => room !== TESTING)
      .map((room): [string, string] => [`${room}/`, `../${TESTING}/index.ts`]),
    ...open
      .filter((other) => other.startsWith('@'))
      .map((other): [string, string] => ['', `${other}/${TESTING}`]),
    ...closed
      .filter((other) => other.startsWith('@'))
      .map((other): [string, string] => [`${TESTING}/`, `${other}/${TESTING}`]),
  ]
}

/** A workspace of nothing but these files, linted as ours is. @returns the files that the linter refuses. */
function refused(files: readonly Trespass[]): Set<string> {
  const workspace = mkdtempSync(join(tmpdir(), 'spillway-walls-'))
  try {
    for (const file of ['oxlint.config.ts', 'scripts/walls.ts', 'package.json']) {
      cpSync(join(root, file), join(workspace, file), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(workspace, 'node_modules'))
    for (const { file, specifier } of files) {
      mkdirSync(dirname(join(workspace, file)), { recursive: true })
      writeFileSync(join(workspace, file), `import { a } from '${specifier}'\nexport const b = a\n`)
    }
    const { stdout } = spawnSync('oxlint', ['-f', 'json'], { cwd: workspace, encoding: 'utf8' })
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] }
    return new Set(
      diagnostics
        .filter(({ code }) => code.includes('no-restricted-imports'))
        .map(({ filename }) => filename),
    )
  } finally {
    rmSync(workspace, { recursive: true })
  }
}

test('an import through any wall is refused', () => {
  const tried = WALLS.flatMap(trespasses)
  const seen = refused(tried)
  assert.deepEqual(
    tried.filter(({ file }) => !seen.has(file)),
    [],
  )
})

const LIBRARY_SOURCES = [
  'kafkajs/src/index.js',
  '@platformatic/kafka/src/a.ts',
  'avsc/src',
  '../node_modules/pg/lib/a.js',
]

/** Every kind of place that imports: each package, its tests and conformance suites, and what stands beside packages. */
const PLACES = [
  ...WALLS.flatMap(({ folder, rooms = [] }) => [
    `${folder}/src/`,
    `${folder}/src/conformance/`,
    ...rooms.map((room) => `${folder}/src/${room}/`),
  ]),
  'test/support/',
  'bench/',
  'scripts/',
  'stack/src/',
]

test("a library's sources are refused everywhere, in tests too", () => {
  const tried = PLACES.flatMap((place) =>
    LIBRARY_SOURCES.flatMap((specifier, i) => [
      { file: `${place}reach-${i}.ts`, specifier },
      { file: `${place}reach-${i}.test.ts`, specifier },
    ]),
  )
  const seen = refused(tried)
  assert.deepEqual(
    tried.filter(({ file }) => !seen.has(file)),
    [],
  )
})

test('a library by its name, and sources of the own package, are not refused', () => {
  const allowed = [
    'pg',
    'mysql2/promise',
    '@aws-sdk/client-s3',
    '@scope/src',
    './src/a.ts',
    '../fixtures/src.ts',
  ]
  const files = PLACES.flatMap((place) =>
    allowed.map((specifier, i) => ({ file: `${place}allowed-${i}.test.ts`, specifier })),
  )
  assert.deepEqual([...refused(files)], [])
})

test('what a wall lets through is not refused', () => {
  const allowed = WALLS.flatMap(({ folder, mayImport, rooms = [], publicTesting = [] }) => [
    ...mayImport.map((name, i) => ({ file: `${folder}/src/allowed-${i}.ts`, specifier: name })),
    ...mayImport.map((name, i) => ({
      file: `${folder}/src/${TESTING}/allowed-${i}.ts`,
      specifier: `${name}/${TESTING}`,
    })),
    ...rooms
      .filter((room) => room !== TESTING)
      .map((room) => ({
        file: `${folder}/src/${TESTING}/above-${room}.ts`,
        specifier: `../${room}/anything.ts`,
      })),
    ...publicTesting.map((file) => ({
      file: `${folder}/src/allowed-${file}`,
      specifier: `./${TESTING}/${file}`,
    })),
    ...rooms.slice(1).map((room, i) => ({
      file: `${folder}/src/${room}/allowed.ts`,
      specifier: `../${rooms[i] as string}/anything.ts`,
    })),
  ])
  assert.deepEqual([...refused(allowed)], [])
})

test('every package has a wall, and every room is there', () => {
  const folders = ['framework', 'transforms', 'connectors'].flatMap((top) => [
    top,
    ...readdirSync(join(root, top)).map((name) => `${top}/${name}`),
  ])
  const packages = [...folders, 'spillway'].filter((folder) => existsSync(join(root, folder, 'package.json')))
  assert.deepEqual(WALLS.map(({ folder }) => folder).toSorted(), packages.toSorted())
  for (const { folder, rooms } of WALLS) {
    if (rooms === undefined) continue
    const there = readdirSync(join(root, folder, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !['conformance', 'fixtures', TESTING].includes(entry.name))
      .map(({ name }) => name)
    assert.deepEqual(rooms.filter((room) => room !== TESTING).toSorted(), there.toSorted(), folder)
  }
})
