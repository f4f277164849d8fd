import type { CredentialProvider, CredentialSettings } from './credential-source.ts'
import { stsClientConfig } from './sts-client-config.ts'

/** AWS lets a role that was assumed by a role last no longer. */
export const MAX_CHAINED_SECONDS = 3600

/** Credentials of a role that STS gives for other credentials. */
export function assumeRole(base: CredentialProvider, settings: CredentialSettings): CredentialProvider {
  const { arn, chain, sessionName, externalId, durationSeconds } = settings.role
  const roles = [...chain, arn]
  return roles.reduce<CredentialProvider>((before, roleArn, i) => {
    const isLast = i === roles.length - 1
    const params = {
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      DurationSeconds: isLast ? durationSeconds : Math.min(durationSeconds, MAX_CHAINED_SECONDS),
      ...(isLast && externalId !== '' && { ExternalId: externalId }),
    }
    return async () => {
      const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers')
      // Made anew each time, so that nothing of an earlier answer is kept.
      const masterCredentials = await before()
      return fromTemporaryCredentials({
        params,
        masterCredentials,
        clientConfig: stsClientConfig(settings),
      })()
    }
  }, base)
}
