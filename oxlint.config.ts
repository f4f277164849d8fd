import { type DummyRuleMap, defineConfig, type OxlintOverride } from 'oxlint'
import { TESTING, WALLS, type Wall } from './scripts/walls.ts'

const PACKAGES = WALLS.map(({ name }) => name)
const KAFKA_CLIENTS = ['@platformatic/kafka', 'kafkajs']
const TEST_LIBRARIES = ['node:test', 'fast-check']
/** How far below its room a file may lie. */
const DEPTHS = ['../', '../../', '../../../', '../../../../']

/** Sources of a library, past its door: they change without a word, and run without its build. Tests too keep out. */
const LIBRARY_SOURCES = {
  regex: String.raw`^(?:@[^/]+/[^/]+|[^./@][^/]*)/src(?:/|$)|(?:^|/)node_modules/`,
  message: "A library is imported by its name, through its 'exports'.",
}

interface Group {
  readonly group: string[]
  readonly message: string
}

function forbidden(groups: readonly Group[]): DummyRuleMap {
  return { 'no-restricted-imports': ['error', { patterns: [...groups, LIBRARY_SOURCES] }] }
}

/** Small entries of packages. */
function doorsOf(packages: readonly string[]): string[] {
  return WALLS.filter(({ name }) => packages.includes(name)).flatMap(({ name, doors = [] }) =>
    doors.map((door) => `${name}/${door}`),
  )
}

/** @param doors entries of other packages that are open too, beside the one that is their name. */
function packageWall({ name, mayImport, isKafka }: Wall, doors: readonly string[] = []): Group[] {
  const others = PACKAGES.filter((other) => !mayImport.includes(other))
  const walls = [
    {
      group: others.map((other) => `${other}`),
      message: `${name} may import ${mayImport.join(', ') || 'no package of ours'}: scripts/walls.ts.`,
    },
    // Sources of another package, past its door.
    {
      group: [
        '@spillway/*/**',
        ...[...doors, ...doorsOf(mayImport)].map((door) => `!${door}`),
        '../**/src/**',
      ],
      message: "A package is imported by its name, through its 'exports'.",
    },
  ]
  return isKafka
    ? walls
    : [...walls, { group: KAFKA_CLIENTS, message: 'Only framework/kafka imports a Kafka client.' }]
}

/** What production imports never: the suites of its own package, and what they need. */
function testingWall({ folder, publicTesting = [] }: Wall): Group {
  return {
    group: [
      ...TEST_LIBRARIES,
      ...['./', ...DEPTHS].map((up) => `${up}${TESTING}/**`),
      ...publicTesting.map((file) => `!./${TESTING}/${file}`),
    ],
    message: `${folder}/src/${TESTING} is for tests alone: scripts/walls.ts.`,
  }
}

/** A wall per package, and per room within it. The last block that names a file is the one that counts. */
function overridesOf(wall: Wall): OxlintOverride[] {
  const { folder, rooms = [] } = wall
  const suites = wall.mayImport.map((name) => `${name}/${TESTING}`)
  const own = [...packageWall(wall), testingWall(wall)]
  return [
    { files: [`${folder}/src/**/*.ts`], rules: forbidden(own) },
    ...rooms.slice(0, -1).map((room, at) => {
      const higher = rooms.slice(at + 1)
      const group = higher.flatMap((name) => DEPTHS.map((up) => `${up}${name}/**`))
      const message = `${folder}/src/${room} stands below ${higher.join(', ')}: scripts/walls.ts.`
      return { files: [`${folder}/src/${room}/**/*.ts`], rules: forbidden([...own, { group, message }]) }
    }),
    { files: [`${folder}/src/${TESTING}/**/*.ts`], rules: forbidden(packageWall(wall, suites)) },
    // Tests may look behind any wall of ours.
    {
      files: ['*.{test,type-test,fixture}.ts', 'conformance/**', 'fixtures/**'].map(
        (place) => `${folder}/src/**/${place}`,
      ),
      rules: forbidden([]),
    },
  ]
}

export default defineConfig({
  plugins: ['typescript', 'import', 'node', 'unicorn', 'promise'],
  categories: { correctness: 'error' },
  rules: {
    ...forbidden([]),
    'typescript/no-floating-promises': [
      'error',
      {
        allowForKnownSafeCalls: [
          { from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite'] },
        ],
      },
    ],
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'off',
    'typescript/no-base-to-string': 'off',
    'typescript/no-duplicate-type-constituents': 'off',
    'typescript/require-array-sort-compare': 'off',
    'typescript/no-misused-spread': 'off',
    'typescript/only-throw-error': 'off',
    'typescript/unbound-method': 'off',
    'typescript/no-explicit-any': 'error',
    'typescript/consistent-type-imports': 'error',
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'import/no-default-export': 'off',
    eqeqeq: 'error',
    'no-console': 'off',
    'unicorn/no-array-sort': 'off',
  },
  ignorePatterns: ['**/dist/**', 'node_modules/**', 'docs/**'],
  overrides: [
    ...WALLS.flatMap(overridesOf),
    // A fluent API returns its own classes: a KStream makes a KTable, which makes a KStream. Types only: values come by
    // dsl-classes.ts, and no-cycle still finds a circle of values.
    {
      files: ['transforms/streams/src/dsl/**'],
      rules: { 'import/no-cycle': ['error', { ignoreTypes: true }] },
    },
  ],
})
