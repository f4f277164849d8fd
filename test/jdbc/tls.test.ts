import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { INT32 } from '@spillway/framework'
import { PrivateStack } from '../../stack/private-stack.ts'
import { CertificateAuthority } from '../support/certificate-authority.ts'
import { mysqlDatabase, postgresDatabase, type TestDatabase } from './support/databases.ts'
import { fixtureOf } from './support/each-database.ts'
import { fieldsSchema, valueRecord } from './support/records.ts'
import { TaskDriver } from './support/task-driver.ts'

const SCHEMA = fieldsSchema({ id: INT32 })

let stack: PrivateStack
let folder: string
/** File of the authority that signed the servers' certificate, and of one that did not. */
let ours: string
let others: string
const databases: Partial<Record<TestDatabase['name'], TestDatabase>> = {}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-tls-'))
  const authority = new CertificateAuthority('databases')
  ours = join(folder, 'ours.pem')
  others = join(folder, 'others.pem')
  writeFileSync(ours, authority.certificate)
  writeFileSync(others, new CertificateAuthority('others').certificate)
  // The certificate is for 127.0.0.1 and no other name.
  const identity = authority.issue('database')
  stack = await PrivateStack.create({ tls: identity })
  await stack.start(['postgres', 'mariadb'])
  databases.postgresql = await postgresDatabase(stack.endpoints.postgres)
  databases.mysql = await mysqlDatabase(stack.endpoints.mariadb)
})

after(async () => {
  for (const database of Object.values(databases)) await database[Symbol.asyncDispose]()
  await stack[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

/** Writes one row over a connection with these URL parameters; tells whether it was secured. */
async function isSecured(
  name: 'postgresql' | 'mysql',
  parameters: string,
  host = '127.0.0.1',
): Promise<boolean> {
  const database = databases[name]
  if (database === undefined) throw new Error(`${name} is not open`)
  const { config, rows } = fixtureOf(database)
  const url = `${database.url.replace('127.0.0.1', host)}${parameters}`
  await using task = await TaskDriver.start(config({ 'connection.url': url, 'connection.attempts': '1' }))
  await task.write(valueRecord(SCHEMA, { id: 1 }))
  assert.deepEqual(await rows('id'), [{ id: 1 }])
  return name === 'postgresql' ? await isPostgresSecured(database) : await isMysqlSecured(database)
}

async function isPostgresSecured(database: TestDatabase): Promise<boolean> {
  const [row] = await database.query(
    `SELECT bool_and(s.ssl) AS ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'spillway-jdbc-sink'`,
  )
  return row?.['ssl'] === true
}

/** The server counts the sessions it has secured. */
let securedBefore = 0
async function isMysqlSecured(database: TestDatabase): Promise<boolean> {
  const [row] = await database.query(`SHOW GLOBAL STATUS LIKE 'Ssl_finished_accepts'`)
  const secured = Number(row?.['Value'])
  const isMore = secured > securedBefore
  securedBefore = secured
  return isMore
}

const TRUSTED = { postgresql: () => `sslrootcert=${ours}`, mysql: () => `serverSslCert=${ours}` }
const UNTRUSTED = { postgresql: () => `sslrootcert=${others}`, mysql: () => `serverSslCert=${others}` }
const MODES = {
  postgresql: {
    none: 'sslmode=disable',
    encrypt: 'sslmode=require',
    ca: 'sslmode=verify-ca',
    full: 'sslmode=verify-full',
  },
  mysql: {
    none: 'sslMode=DISABLED',
    encrypt: 'sslMode=REQUIRED',
    ca: 'sslMode=VERIFY_CA',
    full: 'sslMode=VERIFY_IDENTITY',
  },
} as const

for (const name of ['postgresql', 'mysql'] as const) {
  const { none, encrypt, ca, full } = MODES[name]

  test(`a connection is secured where the server can, and plain where it is told to (${name})`, async () => {
    assert.equal(await isSecured(name, ''), true)
    assert.equal(await isSecured(name, `?${none}`), false)
  })

  test(`${encrypt} secures without asking who answers (${name})`, async () => {
    assert.equal(await isSecured(name, `?${encrypt}`, 'localhost'), true)
  })

  test(`${ca} trusts the authority of its file, whatever name its server has (${name})`, async () => {
    assert.equal(await isSecured(name, `?${ca}&${TRUSTED[name]()}`, 'localhost'), true)
  })

  test(`${full} asks for the name too (${name})`, async () => {
    assert.equal(await isSecured(name, `?${full}&${TRUSTED[name]()}`), true)
    await assert.rejects(
      isSecured(name, `?${full}&${TRUSTED[name]()}`, 'localhost'),
      /The certificate of the database is not for localhost, but for: IP Address:127\.0\.0\.1/,
    )
  })

  test(`another authority's certificate is refused, and the message says what to set (${name})`, async () => {
    const key = name === 'mysql' ? 'serverSslCert' : 'sslrootcert'
    for (const parameters of [`?${ca}&${UNTRUSTED[name]()}`, `?${full}&${UNTRUSTED[name]()}`, `?${full}`]) {
      await assert.rejects(
        isSecured(name, parameters),
        new RegExp(
          `The certificate of the database is not trusted: .*Set ${key} to the file of the authority`,
        ),
      )
    }
  })

  test(`a file of authorities that is not there is told by its key (${name})`, async () => {
    const key = name === 'mysql' ? 'serverSslCert' : 'sslrootcert'
    await assert.rejects(
      isSecured(name, `?${ca}&${key}=/nowhere/ca.pem`),
      new RegExp(`${key}=/nowhere/ca\\.pem cannot be read: ENOENT`),
    )
  })
}
