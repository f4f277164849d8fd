import { mkdirSync } from 'node:fs'

import { LOOPBACK } from '../ports.ts'
import { pythonPackages } from '../python-packages.ts'
import { locate, pythonWithPip } from '../requirements.ts'
import { portOf } from './server.ts'
import type { Server, ServerContext } from './server.ts'

const VERSION = '5.2.5'
/** What its server, S3, STS, IAM and KMS need; the extra `moto[server]` brings three times as much. */
const PACKAGES = [
  `moto==${VERSION}`,
  'flask==3.1.3',
  'flask-cors==6.0.5',
  'PyYAML==6.0.3',
  'py-partiql-parser==0.6.3',
]

const AWS = 'aws'

export interface AwsEndpoint {
  /** Of every service: S3, STS, IAM, KMS. */
  readonly endpoint: string
  readonly region: string
  /** Of a user who may do anything. */
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** The same of a second account, whose buckets the first one’s users do not get at. */
  readonly second: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

const ADMIN = { accessKeyId: 'AKIALOCALADMINISTRAT', secretAccessKey: 'local-administrator' }

const SECOND_ADMIN = { accessKeyId: 'AKIASECONDADMINISTRA', secretAccessKey: 'second-administrator' }

/** Makes the users and has every request checked from the first one on. */
const LAUNCH = `
import sys
from moto import settings
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.server import main

everything = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
for account, *access in (DEFAULT_ACCOUNT_ID, *sys.argv[1:3]), ("210987654321", *sys.argv[3:5]):
    iam = iam_backends[account]["aws"]
    iam.create_user("us-east-1", "administrator")
    key = iam.create_access_key("administrator", "AKIA")
    key.access_key_id, key.secret_access_key = access
    iam.access_keys[key.access_key_id] = key
    iam.put_user_policy("administrator", "everything", everything)
settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
main(sys.argv[5:])
`

/** moto: AWS's S3, STS, IAM and KMS in memory. It checks signatures, policies and the trust of roles as IAM does. */
export const aws: Server<AwsEndpoint> = {
  title: `moto ${VERSION}`,
  ports: [{ name: AWS, env: 'SPILLWAY_AWS_PORT', fallback: 29500 }],
  requirements: [pythonWithPip],
  endpoint: (ports) => ({
    endpoint: urlOf(portOf(ports, AWS)),
    region: 'us-east-1',
    ...ADMIN,
    second: SECOND_ADMIN,
  }),
  address: (ports) => urlOf(portOf(ports, AWS)),
  download,

  async prepare(context) {
    const library = await download(context)
    mkdirSync(context.dir, { recursive: true })
    const users = [...Object.values(ADMIN), ...Object.values(SECOND_ADMIN)]
    return {
      command: await locate(pythonWithPip),
      args: ['-c', LAUNCH, ...users, '-H', LOOPBACK, '-p', String(portOf(context.ports, AWS))],
      env: { ...process.env, PYTHONPATH: library, MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS: 'false' },
    }
  },

  isReady: (ports) =>
    fetch(`${urlOf(portOf(ports, AWS))}/moto-api/`, { signal: AbortSignal.timeout(5000) }).then(
      async (response) => {
        await response.body?.cancel()
        return response.ok
      },
      () => false,
    ),
}

function download(context: ServerContext): Promise<string> {
  return pythonPackages(`moto-${VERSION}`, PACKAGES, context)
}

function urlOf(port: number): string {
  return `http://${LOOPBACK}:${port}`
}
