import type { ConfigProviderPlugin } from './config-provider.ts'
import { directoryConfigProvider } from './directory-config-provider.ts'
import { envVarConfigProvider } from './env-var-config-provider.ts'
import { fileConfigProvider } from './file-config-provider.ts'

export * from './allowed-paths.ts'
export * from './config-provider.ts'
export * from './config-transformer.ts'
export * from './configure-providers.ts'
export * from './directory-config-provider.ts'
export * from './env-var-config-provider.ts'
export * from './file-config-provider.ts'

export * from './secret-masker.ts'

/** The providers that come with Spillway. */
export const configProviders: readonly ConfigProviderPlugin[] = [
  fileConfigProvider,
  directoryConfigProvider,
  envVarConfigProvider,
]
