import type { ObjectCannedACL, ServerSideEncryption, StorageClass } from '@aws-sdk/client-s3'

import { metadataOf } from '../config/object-config.ts'
import type { S3Config } from '../config/s3-config.ts'

/** What requests ask of the store beside the bytes. */
export interface ObjectParameters {
  /** Of requests that begin an object. */
  readonly written: {
    readonly ServerSideEncryption?: ServerSideEncryption
    readonly SSEKMSKeyId?: string
    readonly BucketKeyEnabled?: boolean
    readonly ACL?: ObjectCannedACL
  }
  /** Of requests that begin an object with data: a ledger must stay readable at once, whatever becomes of the data. */
  readonly data: {
    readonly StorageClass?: StorageClass
    readonly ContentType?: string
    readonly ContentEncoding?: string
    readonly Metadata?: Readonly<Record<string, string>>
  }
  /** Whether bodies go with a checksum that the store compares. */
  readonly sendsChecksum: boolean
  /** Of every request for an object's bytes, where they are encrypted with a key of the customer. */
  readonly customerKey: {
    readonly SSECustomerAlgorithm?: string
    readonly SSECustomerKey?: Uint8Array & string
  }
}

export const NO_PARAMETERS: ObjectParameters = {
  written: {},
  data: {},
  sendsChecksum: true,
  customerKey: {},
}

export function objectParameters(config: S3Config): ObjectParameters {
  const acl = config['s3.acl.canned']
  return {
    written: { ...(acl !== null && acl !== '' && { ACL: acl as ObjectCannedACL }), ...encryptionOf(config) },
    data: dataParameters(config),
    sendsChecksum: config['s3.checksum.mode'] === 'crc32',
    customerKey: customerKeyOf(config),
  }
}

function customerKeyOf(config: S3Config): ObjectParameters['customerKey'] {
  const key = config['s3.sse.customer.key']?.reveal() ?? ''
  if (config['s3.ssea.name'] !== 'AES256' || key === '') return {}
  return { SSECustomerAlgorithm: 'AES256', SSECustomerKey: bytesOf(key) }
}

function encryptionOf(config: S3Config): ObjectParameters['written'] {
  const encryption = config['s3.ssea.name']
  if (encryption === '' || customerKeyOf(config).SSECustomerKey !== undefined) return {}
  const keyId = config['s3.sse.kms.key.id']
  return {
    ServerSideEncryption: encryption as ServerSideEncryption,
    ...(encryption.startsWith('aws:kms') && {
      ...(keyId !== '' && { SSEKMSKeyId: keyId }),
      ...(config['s3.sse.kms.bucket.key.enabled'] && { BucketKeyEnabled: true }),
    }),
  }
}

function dataParameters(config: S3Config): ObjectParameters['data'] {
  const storageClass = config['s3.storage.class']
  const contentType = config['s3.object.content.type']
  const contentEncoding = config['s3.object.content.encoding']
  const metadata = metadataOf(config['s3.object.metadata'])
  return {
    ...(storageClass !== '' && { StorageClass: storageClass as StorageClass }),
    ...(contentType !== '' && { ContentType: contentType }),
    ...(contentEncoding !== '' && { ContentEncoding: contentEncoding }),
    ...(Object.keys(metadata).length > 0 && { Metadata: metadata }),
  }
}

/** The SDK takes bytes and makes base64 and checksum of them, though its types say text. */
function bytesOf(base64: string): Uint8Array & string {
  return Buffer.from(base64, 'base64') as Uint8Array as Uint8Array & string
}
