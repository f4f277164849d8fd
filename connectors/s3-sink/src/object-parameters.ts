import type { ObjectCannedACL, ServerSideEncryption } from '@aws-sdk/client-s3'

import type { S3Config } from './s3-config.ts'

/** What requests ask of the store beside the bytes. */
export interface ObjectParameters {
  /** Of requests that begin an object. */
  readonly written: {
    readonly ServerSideEncryption?: ServerSideEncryption
    readonly SSEKMSKeyId?: string
    readonly ACL?: ObjectCannedACL
  }
  /** Of every request for an object's bytes, where they are encrypted with a key of the customer. */
  readonly customerKey: {
    readonly SSECustomerAlgorithm?: string
    readonly SSECustomerKey?: Uint8Array & string
  }
}

export const NO_PARAMETERS: ObjectParameters = { written: {}, customerKey: {} }

export function objectParameters(config: S3Config): ObjectParameters {
  const acl = config['s3.acl.canned']
  const withAcl = acl === null || acl === '' ? {} : { ACL: acl as ObjectCannedACL }
  const encryption = config['s3.ssea.name']
  const key = config['s3.sse.customer.key']?.reveal() ?? ''
  if (encryption === 'AES256' && key !== '') {
    return { written: withAcl, customerKey: { SSECustomerAlgorithm: 'AES256', SSECustomerKey: bytesOf(key) } }
  }
  if (encryption === '') return { written: withAcl, customerKey: {} }
  const keyId = config['s3.sse.kms.key.id']
  const isKms = encryption.startsWith('aws:kms')
  return {
    written: {
      ...withAcl,
      ServerSideEncryption: encryption as ServerSideEncryption,
      ...(isKms && keyId !== '' && { SSEKMSKeyId: keyId }),
    },
    customerKey: {},
  }
}

/** The SDK takes bytes and makes base64 and checksum of them, though its types say text. */
function bytesOf(base64: string): Uint8Array & string {
  return Buffer.from(base64, 'base64') as Uint8Array as Uint8Array & string
}
