import { registerHooks } from 'node:module'

const FRAMEWORK = '@spillway/framework'
let isProvided = false

/**
 * Lets plugins import `@spillway/framework` that have no copy of it: they are given the one that runs them, as Java's
 * plugins are given Connect's API. A copy of their own wins. Once per thread; further calls do nothing.
 */
export function provideFramework(): void {
  if (isProvided) return
  isProvided = true
  const own = import.meta.resolve(FRAMEWORK)
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== FRAMEWORK) return next(specifier, context)
      try {
        return next(specifier, context)
      } catch (error) {
        const { code } = error as { code?: string }
        if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error
        return { url: own, shortCircuit: true }
      }
    },
  })
}
