/** Installs what tests need of the machine beside the servers, where it may; else says which packages to install. */
import {
  buildah,
  debootstrap,
  installMissing,
  java,
  jdk,
  maven,
  pythonWithPip,
} from '../stack/requirements.ts'
import { settingsFromEnv } from '../stack/settings.ts'
import { StackError } from '../stack/stack-error.ts'

const { cacheDir } = settingsFromEnv()
const options = { cacheDir, report: (line: string) => console.log(line) }
try {
  await installMissing([java, jdk, maven, pythonWithPip], options)
} catch (error) {
  if (!(error instanceof StackError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
try {
  await installMissing([debootstrap, buildah], options)
} catch (error) {
  if (!(error instanceof StackError)) throw error
  // Few machines have these, and the worker's image alone needs them: its test says that it did not run.
  console.error(`The test of the worker's image will not run: ${error.message}`)
}
