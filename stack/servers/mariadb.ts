import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { LOOPBACK } from '../ports.ts'
import { findExecutable, locate, pathFolders } from '../requirements.ts'
import type { Requirement } from '../requirements.ts'
import { runCommand } from '../run-command.ts'
import { tcpExchange } from '../tcp-exchange.ts'
import { accountFor, dataFolder, dataFolderElsewhere, makeOwnFolder, writeTlsFiles } from '../unprivileged.ts'
import { portOf } from './server.ts'
import type { Server, ServerContext } from './server.ts'

const MARIADB = 'mariadb'

export interface MariadbEndpoint {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

const LOGIN = { user: 'spillway', password: 'spillway', database: 'spillway' }

const ACCOUNTS = ['mysql']

/** The core package has the programs and, unlike mariadb-server, no service that starts by itself. */
const PACKAGES = ['mariadb-server-core', 'mariadb-server']

const mariadbd: Requirement = {
  title: 'MariaDB (mariadbd)',
  packages: PACKAGES,
  find: () => Promise.resolve(findExecutable('mariadbd', pathFolders())[0]),
}

const installDb: Requirement = {
  title: 'MariaDB (mariadb-install-db)',
  packages: PACKAGES,
  find: () => Promise.resolve(findExecutable('mariadb-install-db', pathFolders())[0]),
}

/** What mariadb-install-db calls; Debian packs it with the client. */
const printDefaults: Requirement = {
  title: 'MariaDB (my_print_defaults)',
  packages: ['mariadb-client-core', 'mariadb-client'],
  find: () => Promise.resolve(findExecutable('my_print_defaults', pathFolders())[0]),
}

/** MariaDB of the distribution, with a data folder of its own: the system's own service is not touched. */
export const mariadb: Server<MariadbEndpoint> = {
  title: 'MariaDB',
  ports: [{ name: MARIADB, env: 'SPILLWAY_MARIADB_PORT', fallback: 23306 }],
  requirements: [mariadbd, installDb, printDefaults],
  endpoint: (ports) => ({ host: LOOPBACK, port: portOf(ports, MARIADB), ...LOGIN }),
  address: (ports) => `${LOOPBACK}:${portOf(ports, MARIADB)}`,
  download: () => Promise.resolve(),
  foldersElsewhere: (dir) => [dataFolderElsewhere(dir)],

  async prepare(context) {
    const account = accountFor(ACCOUNTS)
    const data = dataFolder(context.dir, account)
    if (!existsSync(join(data, INITIALISED))) await initialise(data, context)
    // Relative names are the data folder's: a socket's whole path may have 107 bytes only.
    const files = [
      `--datadir=${data}`,
      '--socket=mariadb.sock',
      '--pid-file=mariadb.pid',
      `--init-file=${INIT_FILE}`,
    ]
    const network = [
      `--bind-address=${LOOPBACK}`,
      `--port=${portOf(context.ports, MARIADB)}`,
      '--skip-name-resolve',
    ]
    const behaviour = ['--skip-log-bin', '--character-set-server=utf8mb4', '--default-time-zone=+00:00']
    const tlsFiles = context.tls && writeTlsFiles(data, context.tls, account)
    const tls = tlsFiles ? [`--ssl-cert=${tlsFiles.certificate}`, `--ssl-key=${tlsFiles.key}`] : []
    return {
      command: await locate(mariadbd),
      args: ['--no-defaults', ...files, ...network, ...behaviour, ...tls],
      cwd: data,
      account,
    }
  },

  /** The server speaks first: protocol version 10 when it takes sessions, 255 for an error. */
  async isReady(ports) {
    const reply = await tcpExchange(portOf(ports, MARIADB), Buffer.alloc(0), (bytes) => bytes.length > 4)
    return reply?.[4] === 10
  },
}

/** Written last: a data folder without it was left by an interrupted initialisation. */
const INITIALISED = 'spillway.initialised'

/** Run by the server at each start before it takes sessions; one statement per line. */
const INIT_FILE = 'spillway.sql'
const INIT_SQL = `CREATE DATABASE IF NOT EXISTS ${LOGIN.database};
CREATE USER IF NOT EXISTS '${LOGIN.user}'@'%' IDENTIFIED BY '${LOGIN.password}';
GRANT ALL PRIVILEGES ON *.* TO '${LOGIN.user}'@'%' WITH GRANT OPTION;
`

async function initialise(data: string, context: ServerContext): Promise<void> {
  const account = accountFor(ACCOUNTS)
  rmSync(data, { recursive: true, force: true })
  makeOwnFolder(data, account)
  const options = ['--auth-root-authentication-method=socket', '--skip-test-db', '--skip-name-resolve']
  await runCommand(await locate(installDb), ['--no-defaults', `--datadir=${data}`, ...options], {
    cwd: data,
    account,
    signal: context.signal,
  })
  writeFileSync(join(data, INIT_FILE), INIT_SQL)
  const stamp = join(data, INITIALISED)
  writeFileSync(`${stamp}.draft`, '')
  renameSync(`${stamp}.draft`, stamp)
}
