import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import { endpointsFromEnv } from '../../stack/stack.ts'

/** A bucket of a test, read with the SDK's own client. */
export class TestBucket {
  readonly name: string
  readonly client: S3Client

  private constructor(name: string) {
    const { endpoint, region, accessKeyId, secretAccessKey } = endpointsFromEnv().s3
    this.name = name
    this.client = new S3Client({
      endpoint,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    })
  }

  static async create(name: string): Promise<TestBucket> {
    const bucket = new TestBucket(name)
    await bucket.client.send(new CreateBucketCommand({ Bucket: name }))
    return bucket
  }

  /** The connector keys that lead to it. */
  get config(): Record<string, string> {
    const { endpoint, region, accessKeyId, secretAccessKey } = endpointsFromEnv().s3
    return {
      'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
      's3.bucket.name': this.name,
      's3.region': region,
      'store.url': endpoint,
      'aws.access.key.id': accessKeyId,
      'aws.secret.access.key': secretAccessKey,
    }
  }

  async keys(prefix = ''): Promise<string[]> {
    const keys: string[] = []
    let token: string | undefined
    do {
      const page = await this.client.send(
        new ListObjectsV2Command({
          Bucket: this.name,
          Prefix: prefix,
          ...(token !== undefined && { ContinuationToken: token }),
        }),
      )
      keys.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])))
      token = page.NextContinuationToken
    } while (token !== undefined)
    return keys
  }

  async read(key: string): Promise<Buffer> {
    const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.name, Key: key }))
    return Buffer.from((await Body?.transformToByteArray()) ?? [])
  }

  async lines(key: string): Promise<string[]> {
    return (await this.read(key)).toString('utf8').trimEnd().split('\n')
  }

  /** Keys of uploads that were neither completed nor aborted, up to a thousand. */
  async openUploads(): Promise<string[]> {
    const { Uploads = [] } = await this.client.send(new ListMultipartUploadsCommand({ Bucket: this.name }))
    return Uploads.map(({ Key }) => Key ?? '')
  }

  close(): void {
    this.client.destroy()
  }
}
