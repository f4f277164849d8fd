import { createHash } from 'node:crypto'
import { join } from 'node:path'

import { cached, type CacheOptions } from './cache.ts'
import { locate, pythonWithPip } from './requirements.ts'
import { runCommand } from './run-command.ts'

/**
 * A folder for PYTHONPATH with these packages, installed with pip once per machine and apart from its own.
 *
 * @param packages pinned, as `name==version`
 */
export async function pythonPackages(
  name: string,
  packages: readonly string[],
  context: CacheOptions & { readonly cacheDir: string },
): Promise<string> {
  const digest = createHash('sha256').update(packages.join('\n')).digest('hex').slice(0, 12)
  const folder = await cached(
    context.cacheDir,
    `${name}-${digest}`,
    async (target) => {
      context.report(`installing ${packages.join(', ')} with pip`)
      const options = ['--quiet', '--disable-pip-version-check', '--target', join(target, 'lib')]
      await runCommand(await locate(pythonWithPip), ['-m', 'pip', 'install', ...options, ...packages], {
        signal: context.signal,
      })
    },
    context,
  )
  return join(folder, 'lib')
}
