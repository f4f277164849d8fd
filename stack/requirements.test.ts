import assert from 'node:assert/strict'
import { test } from 'node:test'

import { renderPom } from './maven.ts'
import { locate, parseJavaVersion } from './requirements.ts'
import { parseServerNames } from './settings.ts'
import { StackError } from './stack-error.ts'
import { parsePasswd } from './unprivileged.ts'

test('the feature release is read from every form of java -version', () => {
  assert.equal(parseJavaVersion('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment'), 17)
  assert.equal(parseJavaVersion('java version "1.8.0_392"'), 8)
  assert.equal(parseJavaVersion('openjdk version "25" 2025-09-16'), 25)
  assert.equal(parseJavaVersion('Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21-ea" 2023'), 21)
  assert.equal(parseJavaVersion('command not found'), undefined)
})

test('a missing program is named with the package that brings it', async () => {
  const requirement = {
    title: 'Nonesuch',
    packages: ['nonesuch-1', 'nonesuch-2'],
    find: () => Promise.resolve(undefined),
  }
  await assert.rejects(
    locate(requirement),
    (error) =>
      error instanceof StackError && /lacks Nonesuch.*apt-get install nonesuch-1\n/s.test(error.message),
  )
})

test('a pom depends on the given coordinates', () => {
  const pom = renderPom(['org.example:thing_2.13:1.2.3'])
  assert.match(
    pom,
    /<dependency><groupId>org\.example<\/groupId><artifactId>thing_2\.13<\/artifactId><version>1\.2\.3<\/version>/,
  )
})

test('accounts are read from a passwd file', () => {
  const accounts = parsePasswd(
    'root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:,,,:/var/lib:/bin/bash\n\nbroken\n',
  )
  assert.deepEqual(accounts.get('postgres'), { uid: 101, gid: 104 })
  assert.equal(accounts.size, 2)
})

test('server names are checked and taken once', () => {
  assert.deepEqual(parseServerNames(['s3', 'kafka', 's3']), ['s3', 'kafka'])
  assert.throws(() => parseServerNames(['kafak']), /no server is named 'kafak': the servers are aws, kafka,/)
})
