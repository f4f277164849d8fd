import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import {
  AclOperations,
  AclPermissionTypes,
  Admin,
  ResourcePatternTypes,
  ResourceTypes,
} from '@platformatic/kafka'
import { type SecureBroker, USER, USER_WITHOUT_GROUPS } from '@spillway/kafka/testing'

import { LOOPBACK, pickFreePorts } from '../../../stack/ports.ts'
import { java, locate } from '../../../stack/requirements.ts'
import { runCommand } from '../../../stack/run-command.ts'
import { killServer, startOnFreePorts, whileRunning } from '../../support/server-process.ts'
import { until } from '../../support/until.ts'
import { CertificateAuthority, type Identity } from '../../support/certificate-authority.ts'
import { kafkaClassPath } from './kafka-tools.ts'

/** A broker of the suite, with files and ports of its own. */
export interface StartedBroker extends SecureBroker {
  /** The file of its certificate. */
  readonly certificateFile: string
  readonly client: Identity
}

const STORE_PASSWORD = 'store-password'
const CLUSTER_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
/** Sessions are so short that a test sees credentials renewed (KIP-368). */
const REAUTHENTICATION_MS = 2_000

/**
 * Starts one and waits until it listens.
 *
 * @throws ServerEndedError with the end of the broker's log where it ends instead.
 */
export async function startSecureBroker(): Promise<StartedBroker> {
  return await startOnFreePorts(start)
}

async function start(): Promise<StartedBroker> {
  const dir = mkdtempSync(join(tmpdir(), 'spillway-secure-kafka-'))
  const names = ['controller', 'sasl-plaintext', 'sasl-ssl', 'ssl', 'mtls', 'inner']
  const ports = await pickFreePorts(names.map((name) => ({ name, env: '', fallback: 0 })))
  const at = (name: string): string => `${LOOPBACK}:${ports[name]}`
  const jvm = await locate(java)
  const store = join(dir, 'broker.p12')
  const certificateFile = join(dir, 'broker.pem')
  await makeCertificate(join(dirname(jvm), 'keytool'), store, certificateFile)
  const authority = new CertificateAuthority('Kafka clients')
  const trusted = join(dir, 'clients.pem')
  writeFileSync(trusted, authority.certificate)
  const properties = join(dir, 'server.properties')
  writeFileSync(properties, renderProperties(at, { store, trusted, data: join(dir, 'data') }))
  const classPath = ['-cp', await kafkaClassPath()]
  const scram = `SCRAM-SHA-512=[name=${USER.username},password=${USER.password}]`
  await runCommand(jvm, [
    ...classPath,
    'kafka.tools.StorageTool',
    'format',
    '--cluster-id',
    CLUSTER_ID,
    '--config',
    properties,
    '--add-scram',
    scram,
  ])
  const logFile = join(dir, 'kafka.log')
  const log = openSync(logFile, 'a')
  const broker = spawn(jvm, [...classPath, '-Xmx256m', 'kafka.Kafka', properties], {
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const kill = (): void => void broker.kill('SIGKILL')
  process.once('exit', kill)
  const dispose = async (): Promise<void> => {
    process.off('exit', kill)
    await killServer(broker)
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    await whileRunning(broker, logFile, async (assertRunning) => {
      const listens = async (): Promise<boolean> => {
        assertRunning()
        return await isListening(ports['ssl'] ?? 0)
      }
      await until('the broker listens', listens, 180_000)
      await denyGroups(at('inner'))
    })
  } catch (error) {
    await dispose()
    throw error
  }
  return {
    servers: {
      SASL_PLAINTEXT: at('sasl-plaintext'),
      SASL_SSL: at('sasl-ssl'),
      SSL: at('ssl'),
      MTLS: at('mtls'),
    },
    certificate: readFileSync(certificateFile, 'utf8'),
    certificateFile,
    client: authority.issue('client'),
    [Symbol.asyncDispose]: dispose,
  }
}

async function denyGroups(server: string): Promise<void> {
  const admin = new Admin({ clientId: 'secure-broker', bootstrapBrokers: [server] })
  const acl = {
    resourceType: ResourceTypes.GROUP,
    resourceName: '*',
    resourcePatternType: ResourcePatternTypes.LITERAL,
    host: '*',
    operation: AclOperations.ALL,
  }
  try {
    await admin.createAcls({
      creations: [
        { ...acl, principal: 'User:*', permissionType: AclPermissionTypes.ALLOW },
        {
          ...acl,
          principal: `User:${USER_WITHOUT_GROUPS.username}`,
          permissionType: AclPermissionTypes.DENY,
        },
      ],
    })
  } finally {
    await admin.close()
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, LOOPBACK)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** A self-signed certificate for this machine, with the Java runtime's own tool. */
async function makeCertificate(keytool: string, store: string, certificateFile: string): Promise<void> {
  const keystore = [
    '-keystore',
    store,
    '-storetype',
    'PKCS12',
    '-storepass',
    STORE_PASSWORD,
    '-alias',
    'broker',
  ]
  const subject = ['-dname', 'CN=localhost', '-ext', `san=dns:localhost,ip:${LOOPBACK}`, '-validity', '2']
  await runCommand(keytool, ['-genkeypair', '-keyalg', 'RSA', '-keysize', '2048', ...subject, ...keystore])
  await runCommand(keytool, ['-exportcert', '-rfc', '-file', certificateFile, ...keystore])
}

function renderProperties(
  at: (name: string) => string,
  { store, trusted, data }: { readonly store: string; readonly trusted: string; readonly data: string },
): string {
  const listeners = `SASL_PLAINTEXT://${at('sasl-plaintext')},SASL_SSL://${at('sasl-ssl')},SSL://${at('ssl')},MTLS://${at('mtls')},PLAINTEXT://${at('inner')}`
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required ${[USER, USER_WITHOUT_GROUPS].map(({ username, password }) => `user_${username}="${password}"`).join(' ')};`
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
  const oauth =
    'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";'
  const jaas = ['sasl_plaintext', 'sasl_ssl'].flatMap((listener) => [
    `listener.name.${listener}.plain.sasl.jaas.config=${plain}`,
    `listener.name.${listener}.scram-sha-512.sasl.jaas.config=${scram}`,
    `listener.name.${listener}.oauthbearer.sasl.jaas.config=${oauth}`,
  ])
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@${at('controller')}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,MTLS:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
listeners=${listeners},CONTROLLER://${at('controller')}
advertised.listeners=${listeners}
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512,OAUTHBEARER
${jaas.join('\n')}
listener.name.sasl_plaintext.plain.connections.max.reauth.ms=${REAUTHENTICATION_MS}
listener.name.mtls.ssl.client.auth=required
listener.name.mtls.ssl.truststore.type=PEM
listener.name.mtls.ssl.truststore.location=${trusted}
ssl.keystore.type=PKCS12
ssl.keystore.location=${store}
ssl.keystore.password=${STORE_PASSWORD}
ssl.key.password=${STORE_PASSWORD}
log.dirs=${data}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
allow.everyone.if.no.acl.found=true
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
`
}
