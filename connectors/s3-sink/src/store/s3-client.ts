import { type ModuleDoor, noModules, PluginRegistry, type RawConfig } from '@spillway/api'
import { S3Client } from '@aws-sdk/client-s3'

import { s3Credentials } from './s3-credentials.ts'
import type { S3Config } from '../config/s3-config.ts'
import { builtInSources } from '../credentials/built-in-sources.ts'
import { CREDENTIAL_SOURCES } from '../credentials/credential-source.ts'
import { proxyOf } from '../config/s3-request-config.ts'
import { hasScheme } from '../config/url-rules.ts'

const CONNECT_TIMEOUT_MS = 10_000
/** A connection on which nothing has moved for so long is given up; the request is tried again. */
const IDLE_TIMEOUT_MS = 30_000

/** For whoever needs a client and no connector. */
const ownSources: ModuleDoor = {
  ...noModules,
  plugins: new PluginRegistry(builtInSources, [CREDENTIAL_SOURCES]),
}

/**
 * The SDK's client as a task needs it: every retry is the task's own business, so that it can be shown.
 *
 * @param raw the configuration as it was written, for a source of credentials of the user's own.
 * @param modules leads to such a source.
 */
export function s3Client(config: S3Config, raw: RawConfig = {}, modules: ModuleDoor = ownSources): S3Client {
  const endpoint = config['store.url']
  const proxy = proxyOf(config)
  const agent = {
    keepAlive: true,
    maxSockets: config['upload.concurrency'] + 2,
    ...(proxy !== undefined && { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }),
  }
  return new S3Client({
    region: config['s3.region'],
    ...(endpoint !== null &&
      endpoint !== '' && { endpoint: hasScheme(endpoint) ? endpoint : `https://${endpoint}` }),
    forcePathStyle: config['s3.path.style.access.enabled'],
    credentials: s3Credentials(config, raw, modules),
    maxAttempts: 1,
    // Bodies carry a CRC-32 that zlib computes; the SDK's own choice would frame them in a way few other stores know.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(!config['s3.http.send.expect.continue'] && { expectContinueHeader: false }),
    useAccelerateEndpoint: config['s3.wan.mode'],
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: IDLE_TIMEOUT_MS,
      httpAgent: agent,
      httpsAgent: agent,
    },
  })
}
