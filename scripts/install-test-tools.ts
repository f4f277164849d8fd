/** Installs what tests need of the machine beside the servers, where it may; else says which packages to install. */
import { installMissing, java, jdk, maven, pythonWithPip } from '../stack/requirements.ts'
import { settingsFromEnv } from '../stack/settings.ts'
import { StackError } from '../stack/stack-error.ts'

try {
  const { cacheDir } = settingsFromEnv()
  await installMissing([java, jdk, maven, pythonWithPip], { cacheDir, report: (line) => console.log(line) })
} catch (error) {
  if (!(error instanceof StackError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
