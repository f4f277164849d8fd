import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { withLockFile } from './lock-file.ts'

const STAMP = '.complete'

export interface CacheOptions {
  readonly report: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

/** Where downloads are kept: outside the working tree, shared by all clones, moved by SPILLWAY_CACHE. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  return env['SPILLWAY_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'spillway')
}

/**
 * The folder `key` of the cache, filled by `fill` if it is not there yet. It is filled under another name and renamed
 * when complete (stamp last), so a broken download leaves nothing that a later run would take for a good one.
 */
export async function cached(
  cacheDir: string,
  key: string,
  fill: (folder: string) => Promise<void>,
  options: CacheOptions,
): Promise<string> {
  const folder = join(cacheDir, key)
  if (existsSync(join(folder, STAMP))) return folder
  return withCacheLock(cacheDir, options, async () => {
    if (existsSync(join(folder, STAMP))) return folder
    for (const name of readdirSync(cacheDir)) {
      // Nobody else fills anything while we hold the lock: these are what a killed run left.
      if (name.startsWith('.filling-')) rmSync(join(cacheDir, name), { recursive: true, force: true })
    }
    rmSync(folder, { recursive: true, force: true })
    const draft = mkdtempSync(join(cacheDir, '.filling-'))
    try {
      await fill(draft)
      writeFileSync(join(draft, STAMP), '')
      renameSync(draft, folder)
    } finally {
      rmSync(draft, { recursive: true, force: true })
    }
    return folder
  })
}

/** One download or installation at a time: Maven's local repository and apt's database each allow one writer only. */
export function withCacheLock<T>(
  cacheDir: string,
  options: CacheOptions,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(cacheDir, { recursive: true })
  return withLockFile(join(cacheDir, '.lock'), work, {
    onWait: (holder) =>
      options.report(`waiting for process ${holder}, which is filling the cache ${cacheDir}`),
    signal: options.signal,
  })
}
