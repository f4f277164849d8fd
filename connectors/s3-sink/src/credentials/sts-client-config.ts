import type { CredentialSettings } from './credential-source.ts'

const CONNECT_TIMEOUT_MS = 5000
const IDLE_TIMEOUT_MS = 10_000

/** How STS is reached. */
export function stsClientConfig({ region, role, proxy }: CredentialSettings): {
  region: string
  endpoint?: string
  requestHandler: object
} {
  return {
    region: role.region === '' ? region : role.region,
    ...(role.endpoint !== '' && { endpoint: role.endpoint }),
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: IDLE_TIMEOUT_MS,
      // Asked about once an hour: a connection is not kept.
      httpAgent: { keepAlive: false, ...proxied(proxy) },
      httpsAgent: { keepAlive: false, ...proxied(proxy) },
    },
  }
}

function proxied(proxy: string | undefined): object {
  return proxy === undefined ? {} : { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }
}
