import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { LOOPBACK } from '../ports.ts'
import { findExecutable, locate, pathFolders, subfolders } from '../requirements.ts'
import type { Requirement } from '../requirements.ts'
import { runCommand } from '../run-command.ts'
import { tcpExchange } from '../tcp-exchange.ts'
import { accountFor, dataFolder, dataFolderElsewhere, makeOwnFolder, writeTlsFiles } from '../unprivileged.ts'
import type { Account } from '../unprivileged.ts'
import { portOf } from './server.ts'
import type { Server, ServerContext, ServerTls } from './server.ts'

const POSTGRES = 'postgres'

export interface PostgresEndpoint {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

const LOGIN = { user: 'spillway', password: 'spillway', database: 'spillway' }

const ACCOUNTS = ['postgres']

/** Debian keeps each major version's programs in a folder of its own, off the PATH. */
const initdb: Requirement = {
  title: 'PostgreSQL (initdb and postgres)',
  packages: ['postgresql'],
  find() {
    const folders = [...subfolders('/usr/lib/postgresql', 'bin'), ...pathFolders()]
    const withServer = folders.filter((folder) => findExecutable('postgres', [folder]).length > 0)
    return Promise.resolve(findExecutable('initdb', withServer)[0])
  },
}

/** PostgreSQL of the distribution, with a data folder of its own: the system's own service is not touched. */
export const postgres: Server<PostgresEndpoint> = {
  title: 'PostgreSQL',
  ports: [{ name: POSTGRES, env: 'SPILLWAY_POSTGRES_PORT', fallback: 25432 }],
  requirements: [initdb],
  // "Fast": sessions are ended, where SIGTERM would wait for the last client to go.
  stopSignal: 'SIGINT',
  endpoint: (ports) => ({ host: LOOPBACK, port: portOf(ports, POSTGRES), ...LOGIN }),
  address: (ports) => `${LOOPBACK}:${portOf(ports, POSTGRES)}`,
  download: () => Promise.resolve(),
  foldersElsewhere: (dir) => [dataFolderElsewhere(dir)],

  async prepare(context) {
    const programs = join(await locate(initdb), '..')
    const account = accountFor(ACCOUNTS)
    const data = dataFolder(context.dir, account)
    const place = { cwd: '/', account }
    if (!existsSync(join(data, INITIALISED))) await initialise(programs, data, context)
    const settings = {
      listen_addresses: LOOPBACK,
      port: String(portOf(context.ports, POSTGRES)),
      unix_socket_directories: '',
      max_connections: '200',
      timezone: 'UTC',
      log_timezone: 'UTC',
      ...(context.tls === undefined ? {} : tlsSettings(data, context.tls, account)),
    }
    const args = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])
    return { command: join(programs, 'postgres'), args: ['-D', data, ...args], ...place }
  },

  /** Asks for a session: the server answers with a request for the password ('R') only when it takes sessions. */
  async isReady(ports) {
    const reply = await tcpExchange(portOf(ports, POSTGRES), STARTUP_MESSAGE, (bytes) => bytes.length > 0)
    return reply?.toString('latin1', 0, 1) === 'R'
  },
}

function tlsSettings(data: string, tls: ServerTls, account: Account | undefined): Record<string, string> {
  const { certificate, key } = writeTlsFiles(data, tls, account)
  return { ssl: 'on', ssl_cert_file: certificate, ssl_key_file: key }
}

/** Written last: a data folder without it was left by an interrupted initialisation. */
const INITIALISED = 'spillway.initialised'

async function initialise(programs: string, data: string, context: ServerContext): Promise<void> {
  const account = accountFor(ACCOUNTS)
  const { signal } = context
  rmSync(data, { recursive: true, force: true })
  makeOwnFolder(data, account)
  const options = ['--encoding=UTF8', '--locale=C.UTF-8', '--auth=trust', '--no-sync', '--no-instructions']
  const login = `--username=${LOGIN.user}`
  await runCommand(join(programs, 'initdb'), ['-D', data, ...options, login], { cwd: '/', account, signal })
  await runCommand(join(programs, 'postgres'), ['--single', '-D', data, 'postgres'], {
    cwd: '/',
    account,
    input: `ALTER ROLE ${LOGIN.user} PASSWORD '${LOGIN.password}'\nCREATE DATABASE ${LOGIN.database}\n`,
    signal,
  })
  // Trust was for the moment without a listener; from here on a wrong password is refused.
  writeFileSync(join(data, 'pg_hba.conf'), `host all all ${LOOPBACK}/32 scram-sha-256\n`)
  const stamp = join(data, INITIALISED)
  writeFileSync(`${stamp}.draft`, '')
  renameSync(`${stamp}.draft`, stamp)
}

/** Protocol 3.0, the parameters user and database. */
const STARTUP_MESSAGE = startupMessage(['user', LOGIN.user, 'database', LOGIN.database])

function startupMessage(parameters: readonly string[]): Buffer {
  const body = Buffer.from([...parameters.map((text) => `${text}\0`), '\0'].join(''))
  const message = Buffer.alloc(8 + body.length)
  message.writeInt32BE(message.length, 0)
  message.writeInt32BE(3 << 16, 4)
  body.copy(message, 8)
  return message
}
