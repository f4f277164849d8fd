import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { mavenClassPath } from '../maven.ts'
import { LOOPBACK } from '../ports.ts'
import { java, locate, maven } from '../requirements.ts'
import { portOf } from './server.ts'
import type { Server, ServerContext } from './server.ts'

const VERSION = '4.1.0'
/** S3Proxy needs this one on its class path; Maven alone picks an older one. */
const JACKSON_ANNOTATIONS_VERSION = '2.22'

const S3 = 's3'

export interface S3Endpoint {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
}

const CREDENTIALS = {
  accessKeyId: 'local-identity',
  secretAccessKey: 'local-credential',
  region: 'us-east-1',
}

/** S3Proxy on a folder of this machine: signatures are checked, multipart uploads and conditional writes work. */
export const s3: Server<S3Endpoint> = {
  title: `S3Proxy ${VERSION}`,
  ports: [{ name: S3, env: 'SPILLWAY_S3_PORT', fallback: 29000 }],
  requirements: [java, maven],
  endpoint: (ports) => ({ endpoint: urlOf(portOf(ports, S3)), ...CREDENTIALS }),
  address: (ports) => urlOf(portOf(ports, S3)),
  download,

  async prepare(context) {
    const classPath = join(await download(context), '*')
    const properties = join(context.dir, 's3proxy.properties')
    const logback = join(context.dir, 'logback.xml')
    const data = join(context.dir, 'data')
    mkdirSync(data, { recursive: true })
    writeFileSync(properties, renderProperties(urlOf(portOf(context.ports, S3)), data))
    writeFileSync(logback, LOGBACK)
    const logging = `-Dlogback.configurationFile=${logback}`
    const main = ['org.gaul.s3proxy.Main', '--properties', properties]
    return {
      command: await locate(java),
      args: ['-cp', classPath, '-Xmx384m', logging, ...main],
      // Java names files by the locale: without UTF-8 keys such as `é` would be refused.
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    }
  },

  /** Any reply will do: an unsigned request is refused, by a server that works. */
  isReady: (ports) =>
    fetch(urlOf(portOf(ports, S3)), { signal: AbortSignal.timeout(2000) }).then(
      async (response) => {
        await response.body?.cancel()
        return true
      },
      () => false,
    ),
}

function download(context: ServerContext): Promise<string> {
  const coordinates = [
    `org.gaul:s3proxy:${VERSION}`,
    `com.fasterxml.jackson.core:jackson-annotations:${JACKSON_ANNOTATIONS_VERSION}`,
  ]
  return mavenClassPath(`s3proxy-${VERSION}`, coordinates, context)
}

function urlOf(port: number): string {
  return `http://${LOOPBACK}:${port}`
}

function renderProperties(url: string, data: string): string {
  return `s3proxy.endpoint=${url}
s3proxy.authorization=aws-v2-or-v4
s3proxy.identity=${CREDENTIALS.accessKeyId}
s3proxy.credential=${CREDENTIALS.secretAccessKey}
jclouds.provider=filesystem-nio2
jclouds.identity=unused
jclouds.credential=unused
jclouds.filesystem.basedir=${data}
`
}

const LOGBACK = `<configuration>
  <statusListener class="ch.qos.logback.core.status.NopStatusListener"/>
  <appender name="console" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d{ISO8601} %p %m \\(%logger{0}\\)%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="console"/></root>
</configuration>
`
