import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { CreateBucketCommand, DeleteBucketCommand, type S3Client } from '@aws-sdk/client-s3'
import type { RawConfig } from '@spillway/framework'
import { s3Config } from '@spillway/s3-sink'
import { S3ObjectStore, s3Client } from '@spillway/s3-sink/store'

import { endpointsFromEnv } from '../../../stack/settings.ts'

/** S3Proxy lists an object that it is still writing, under its key and a UUID. */
const UNFINISHED = /-[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/** Configuration of a connector that writes JSON to that bucket of the stack's store. */
export function s3ConfigFor(bucket: string): Record<string, string> {
  const { endpoint, accessKeyId, secretAccessKey, region } = endpointsFromEnv().s3
  return {
    'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
    'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
    'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
    'flush.size': '3',
    's3.bucket.name': bucket,
    's3.region': region,
    'store.url': endpoint,
    'aws.access.key.id': accessKeyId,
    'aws.secret.access.key': secretAccessKey,
  }
}

/** A bucket of its own for one test, and what to look into it with. */
export class TestBucket {
  readonly name: string
  readonly store: S3ObjectStore
  readonly #remove: () => Promise<void>

  private constructor(name: string, store: S3ObjectStore, remove: () => Promise<void>) {
    this.name = name
    this.store = store
    this.#remove = remove
  }

  static async create(): Promise<TestBucket> {
    const name = `test-${randomUUID()}`
    const client = s3Client(s3Config.parse(s3ConfigFor(name)))
    await client.send(new CreateBucketCommand({ Bucket: name }))
    const store = new S3ObjectStore(client, name)
    return new TestBucket(name, store, async () => {
      await emptied(client, store, name)
      store.close()
    })
  }

  config(changes: RawConfig = {}): RawConfig {
    return { ...s3ConfigFor(this.name), ...changes }
  }

  /** The keys of all data objects in order. */
  async keys(): Promise<string[]> {
    return (await this.allKeys()).filter((key) => !key.includes('_spillway/'))
  }

  /** The keys of all objects, also those that connectors keep for themselves. */
  async allKeys(): Promise<string[]> {
    const keys = (await collect(this.store.list(''))).map(({ key }) => key)
    return keys.filter((key) => !UNFINISHED.test(key))
  }

  async text(key: string): Promise<string> {
    const object = await this.store.get(key)
    if (object === null) throw new Error(`no object ${key}`)
    return (key.endsWith('.gz') ? gunzipSync(object.body) : object.body).toString()
  }

  /** The lines of a JSON object, parsed; every one has to end. */
  async lines(key: string): Promise<unknown[]> {
    const text = await this.text(key)
    if (text !== '' && !text.endsWith('\n')) throw new Error(`the last line of ${key} has no end`)
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown)
  }

  /** Keys of uploads that were neither completed nor aborted. */
  async openUploads(): Promise<string[]> {
    return (await collect(this.store.listMultiparts(''))).map(({ key }) => key)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remove()
  }
}

/** Deletes a bucket. A part whose connection was cut may still be being written: then that is tried again. */
async function emptied(client: S3Client, store: S3ObjectStore, name: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    for await (const { key } of store.list('')) await store.delete(key)
    for await (const upload of store.listMultiparts('')) await store.abortMultipart(upload)
    try {
      await client.send(new DeleteBucketCommand({ Bucket: name }))
      return
    } catch (error) {
      if ((error as Error).name !== 'BucketNotEmpty') throw error
      // What the store itself cannot let go of is in nobody's way: the name is never used again.
      if (tries === 20) return
      await setTimeout(100)
    }
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
