import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'

/** The bucket the quickstart writes to, on the local S3 server. */
export class Bucket {
  readonly name: string
  readonly #client: S3Client

  constructor(
    name: string,
    endpoint: { endpoint: string; accessKeyId: string; secretAccessKey: string; region: string },
  ) {
    this.name = name
    this.#client = new S3Client({
      endpoint: endpoint.endpoint,
      region: endpoint.region,
      forcePathStyle: true,
      credentials: { accessKeyId: endpoint.accessKeyId, secretAccessKey: endpoint.secretAccessKey },
    })
  }

  async create(): Promise<void> {
    try {
      await this.#client.send(new CreateBucketCommand({ Bucket: this.name }))
    } catch (error) {
      const there = error instanceof S3ServiceException && /BucketAlready(OwnedByYou|Exists)/.test(error.name)
      if (!there) throw error
    }
  }

  /** Keys of data objects, the newest last; what begins with an underscore is the connector's own bookkeeping. */
  async keys(): Promise<string[]> {
    const objects: { key: string; at: number }[] = []
    let token: string | undefined
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.name,
          ...(token !== undefined && { ContinuationToken: token }),
        }),
      )
      for (const { Key, LastModified } of page.Contents ?? []) {
        if (Key !== undefined && !/(^|\/)_/.test(Key))
          objects.push({ key: Key, at: LastModified?.getTime() ?? 0 })
      }
      token = page.NextContinuationToken
    } while (token !== undefined)
    return objects.sort((a, b) => a.at - b.at).map(({ key }) => key)
  }

  async text(key: string): Promise<string> {
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.name, Key: key }))
    return (await Body?.transformToString()) ?? ''
  }

  close(): void {
    this.#client.destroy()
  }
}
