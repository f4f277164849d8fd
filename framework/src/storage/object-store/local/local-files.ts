import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'

/** Where a local store keeps what is no object; no key begins with it. */
export const OWN_DIRECTORY = '.spillway'

/** A file of this process's own, by its name told from those of processes that are no more. */
export function temporaryName(): string {
  return `${encodeURIComponent(hostname())}~${process.pid}~${randomUUID()}`
}

/** Removes what processes of this machine that are no more have left unfinished. */
export async function sweepTemporary(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [host, pid] = name.split('~')
    if (host === encodeURIComponent(hostname()) && !isAlive(Number(pid)))
      await rm(join(folder, name), { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Writes a new file whose bytes have reached the disk. */
export async function writeDurably(
  path: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = await open(path, 'wx')
  try {
    for await (const piece of pieces) await file.writeFile(piece)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes a directory that outlives a power cut, with those above it. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made))
}

/** Names in a directory are durable only after this. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
