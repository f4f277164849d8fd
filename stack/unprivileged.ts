import { createHash } from 'node:crypto'
import { chownSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import type { ServerTls } from './servers/server.ts'
import { StackError } from './stack-error.ts'

/** An account of this machine that is not root. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/**
 * The account for a database, which refuses to be root: the first of `names` (else nobody) when this process is root,
 * undefined when it is not and can run the database as itself.
 */
export function accountFor(names: readonly string[]): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const accounts = parsePasswd(readFileSync('/etc/passwd', 'utf8'))
  for (const name of [...names, 'nobody']) {
    const account = accounts.get(name)
    if (account !== undefined) return account
  }
  throw new StackError(
    `a database does not run as root, and this machine has no account ${names.join(', ')} or nobody to run it: ` +
      'run the command as another user than root',
  )
}

export function parsePasswd(text: string): Map<string, Account> {
  const accounts = new Map<string, Account>()
  for (const line of text.split('\n')) {
    const [name, , uid, gid] = line.split(':')
    if (name && uid && gid) accounts.set(name, { uid: Number(uid), gid: Number(gid) })
  }
  return accounts
}

/**
 * The data folder of a database whose own folder is `dir`. Where the account cannot pass through the folders above
 * (a clone below root's home), it is a folder of the system's temporary one, named after `dir`.
 */
export function dataFolder(dir: string, account: Account | undefined): string {
  return account === undefined || canPassThrough(dir, account) ? join(dir, 'data') : dataFolderElsewhere(dir)
}

export function dataFolderElsewhere(dir: string): string {
  return join(tmpdir(), `spillway-data-${createHash('sha256').update(dir).digest('hex').slice(0, 16)}`)
}

/**
 * Makes `folder` for `account` alone.
 *
 * @throws StackError when there is something by this name that belongs to somebody else
 */
export function makeOwnFolder(folder: string, account: Account | undefined): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const stats = lstatSync(folder)
  const owner = account?.uid ?? process.getuid?.() ?? stats.uid
  const isForeign = stats.uid !== owner && stats.uid !== process.getuid?.()
  if (!stats.isDirectory() || isForeign) {
    throw new StackError(`${folder} should be a folder of user ${owner} and is not: remove it`)
  }
  if (account !== undefined) chownSync(folder, account.uid, account.gid)
}

/** Whether `account` may enter every folder on the way to `folder` (which may not exist yet). */
function canPassThrough(folder: string, account: Account): boolean {
  const mode = statSync(folder, { throwIfNoEntry: false })
  if (mode !== undefined) {
    const shift = mode.uid === account.uid ? 6 : mode.gid === account.gid ? 3 : 0
    if (((mode.mode >> shift) & 1) === 0) return false
  }
  const parent = dirname(folder)
  return parent === folder || canPassThrough(parent, account)
}

/** Puts a database's certificate and key into its data folder, where its account alone can read them. */
export function writeTlsFiles(
  folder: string,
  tls: ServerTls,
  account: Account | undefined,
): { readonly certificate: string; readonly key: string } {
  const files = { certificate: join(folder, 'server.crt'), key: join(folder, 'server.key') }
  for (const name of ['certificate', 'key'] as const) {
    writeFileSync(files[name], tls[name], { mode: 0o600 })
    if (account !== undefined) chownSync(files[name], account.uid, account.gid)
  }
  return files
}
