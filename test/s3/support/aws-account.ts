import { randomUUID } from 'node:crypto'
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3'
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers'
import { s3Config } from '@spillway/s3-sink'
import { S3ObjectStore, s3Client } from '@spillway/s3-sink/store'
import type { RawConfig } from '@spillway/framework'

import { endpointsFromEnv } from '../../../stack/settings.ts'
import { s3ConfigFor } from './test-bucket.ts'

export interface AccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface AwsSession extends AccessKey {
  readonly sessionToken: string
  readonly expiration: Date
}

/** A statement of a policy. */
export interface Statement {
  readonly Effect?: 'Allow' | 'Deny'
  readonly Action: string | readonly string[]
  readonly Resource?: string | readonly string[]
  readonly Principal?: object
  readonly Condition?: object
}

const ACCOUNT = '123456789012'

/** An account that the stack's AWS keeps, where every request needs the right to it. */
export class AwsAccount implements Disposable {
  readonly id = ACCOUNT
  readonly bucket: string
  readonly #iam: IAMClient
  readonly #s3: S3Client

  private constructor(bucket: string, iam: IAMClient, s3: S3Client) {
    this.bucket = bucket
    this.#iam = iam
    this.#s3 = s3
  }

  /** With a bucket of its own for one test, or one of a name that an example gives it. */
  static open(bucket = `test-${randomUUID()}`): Promise<AwsAccount> {
    return AwsAccount.#of(endpointsFromEnv().aws, bucket)
  }

  /** As {@link open}, of another account. */
  static openSecond(): Promise<AwsAccount> {
    return AwsAccount.#of(endpointsFromEnv().aws.second, `test-${randomUUID()}`)
  }

  static async #of({ accessKeyId, secretAccessKey }: AccessKey, bucket: string): Promise<AwsAccount> {
    const { endpoint, region } = endpointsFromEnv().aws
    const credentials = { accessKeyId, secretAccessKey }
    const account = new AwsAccount(
      bucket,
      new IAMClient({ endpoint, region, credentials }),
      s3Client(s3Config.parse(awsConfigFor('unused', credentials))),
    )
    await account.#s3.send(new CreateBucketCommand({ Bucket: account.bucket }))
    return account
  }

  /** What is in its bucket, as its administrator sees it. */
  get store(): S3ObjectStore {
    return new S3ObjectStore(this.#s3, this.bucket)
  }

  get s3(): S3Client {
    return this.#s3
  }

  /** A connector's configuration for its bucket, without credentials. */
  config(changes: RawConfig = {}): RawConfig {
    const { 'aws.access.key.id': _key, 'aws.secret.access.key': _secret, ...rest } = awsConfigFor(this.bucket)
    return { ...rest, ...changes }
  }

  /** A user with a key, who may do what the statements say. */
  async user(...statements: readonly Statement[]): Promise<AccessKey & { readonly arn: string }> {
    const UserName = `user-${randomUUID()}`
    const { User } = await this.#iam.send(new CreateUserCommand({ UserName }))
    if (statements.length > 0) {
      const PolicyDocument = policy(statements)
      await this.#iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
    }
    const { AccessKey } = await this.#iam.send(new CreateAccessKeyCommand({ UserName }))
    return {
      arn: User?.Arn ?? '',
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    }
  }

  /** A role that those of `trust` may assume, who may then do what the statements say. */
  role(trust: Statement, ...statements: readonly Statement[]): Promise<string> {
    return this.namedRole(`role-${randomUUID()}`, trust, ...statements)
  }

  async namedRole(RoleName: string, trust: Statement, ...statements: readonly Statement[]): Promise<string> {
    const { Role } = await this.#iam.send(
      new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policy([trust], false) }),
    )
    const PolicyDocument = policy(statements)
    await this.#iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument }))
    return Role?.Arn ?? ''
  }

  /** Credentials of a role that the administrator assumes: what a metadata service hands out. */
  async session(roleArn: string): Promise<AwsSession> {
    const { endpoint, region, ...masterCredentials } = endpointsFromEnv().aws
    const provider = fromTemporaryCredentials({
      masterCredentials,
      params: { RoleArn: roleArn, RoleSessionName: 'metadata' },
      clientConfig: { endpoint, region },
    })
    const { accessKeyId, secretAccessKey, sessionToken = '', expiration = new Date() } = await provider()
    return { accessKeyId, secretAccessKey, sessionToken, expiration }
  }

  /** What a sink needs to write to the bucket. */
  get mayWrite(): Statement {
    return { Action: 's3:*', Resource: [`arn:aws:s3:::${this.bucket}`, `arn:aws:s3:::${this.bucket}/*`] }
  }

  async keys(): Promise<string[]> {
    const keys: string[] = []
    for await (const { key } of this.store.list('')) if (!key.includes('_spillway/')) keys.push(key)
    return keys
  }

  [Symbol.dispose](): void {
    this.#iam.destroy()
    this.#s3.destroy()
  }
}

/** Configuration of a connector that writes to that bucket of the stack's AWS. */
export function awsConfigFor(bucket: string, key?: AccessKey): Record<string, string> {
  const { endpoint, region } = endpointsFromEnv().aws
  return {
    ...s3ConfigFor(bucket),
    's3.region': region,
    'store.url': endpoint,
    'aws.access.key.id': key?.accessKeyId ?? '',
    'aws.secret.access.key': key?.secretAccessKey ?? '',
  }
}

function policy(statements: readonly Statement[], hasResource = true): string {
  const Statement = statements.map((statement) => ({
    Effect: 'Allow',
    ...(hasResource && { Resource: '*' }),
    ...statement,
  }))
  return JSON.stringify({ Version: '2012-10-17', Statement })
}
