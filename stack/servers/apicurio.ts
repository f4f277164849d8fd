import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { mavenArchive } from '../maven.ts'
import { LOOPBACK } from '../ports.ts'
import { java, locate, maven } from '../requirements.ts'
import { StackError } from '../stack-error.ts'
import { portOf } from './server.ts'
import type { Server, ServerContext } from './server.ts'

/** The last minor line that runs on Java 17. */
const VERSION = '3.0.9'

const REGISTRY = 'registry'

export interface RegistryEndpoint {
  /** The base of the API that Confluent's converters speak. */
  readonly url: string
}

/** Apicurio Registry, in memory: its schemas are gone when it stops. */
export const registry: Server<RegistryEndpoint> = {
  title: `Apicurio Registry ${VERSION}`,
  ports: [{ name: REGISTRY, env: 'SPILLWAY_REGISTRY_PORT', fallback: 29081 }],
  requirements: [java, maven],
  endpoint: (ports) => ({ url: urlOf(portOf(ports, REGISTRY)) }),
  address: (ports) => urlOf(portOf(ports, REGISTRY)),
  download,

  async prepare(context) {
    const folder = await download(context)
    const jar = readdirSync(folder).find((name) => name.endsWith('-runner.jar'))
    if (jar === undefined) {
      throw new StackError(`${folder} holds no *-runner.jar: delete this folder, it is fetched again`)
    }
    const settings = {
      'quarkus.http.host': LOOPBACK,
      'quarkus.http.port': String(portOf(context.ports, REGISTRY)),
      'quarkus.log.level': 'WARN',
      'quarkus.http.access-log.enabled': 'false',
      'java.io.tmpdir': context.dir,
    }
    const properties = Object.entries(settings).map(([key, value]) => `-D${key}=${value}`)
    return { command: await locate(java), args: ['-Xmx384m', ...properties, '-jar', join(folder, jar)] }
  },

  isReady: (ports) =>
    fetch(`${urlOf(portOf(ports, REGISTRY))}/subjects`, { signal: AbortSignal.timeout(2000) }).then(
      async (response) => {
        await response.body?.cancel()
        return response.ok
      },
      () => false,
    ),
}

function download(context: ServerContext): Promise<string> {
  const coordinate = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`
  return mavenArchive(`apicurio-registry-${VERSION}`, coordinate, context)
}

function urlOf(port: number): string {
  return `http://${LOOPBACK}:${port}/apis/ccompat/v7`
}
