import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** A certificate with its private key, both in PEM. */
export interface Identity {
  readonly certificate: string
  readonly key: string
}

const OID = {
  commonName: '550403',
  basicConstraints: '551d13',
  subjectAltName: '551d11',
  ecdsaWithSha256: '2a8648ce3d040302',
} as const

const LOOPBACK = Buffer.from([127, 0, 0, 1])

/** Issues X.509 certificates for 127.0.0.1, valid for a day around now: for tests of TLS, without any tool. */
export class CertificateAuthority {
  readonly #name: string
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  /** What clients and servers are to trust, in PEM. */
  readonly certificate: string

  constructor(name: string) {
    this.#name = name
    const isAuthority = sequence(der(0x01, Buffer.from([0xff])))
    this.certificate = this.#issue(name, this.#keys.publicKey, extension(OID.basicConstraints, isAuthority))
  }

  issue(name: string): Identity {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const loopback = sequence(der(0x87, LOOPBACK))
    return {
      certificate: this.#issue(name, publicKey, extension(OID.subjectAltName, loopback)),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    }
  }

  #issue(subject: string, publicKey: KeyObject, ...extensions: readonly Buffer[]): string {
    const algorithm = sequence(oid(OID.ecdsaWithSha256))
    const day = 24 * 60 * 60 * 1_000
    const content = sequence(
      der(0xa0, der(0x02, Buffer.from([2]))),
      der(0x02, Buffer.from([Math.ceil(Math.random() * 0x7f)])),
      algorithm,
      distinguishedName(this.#name),
      sequence(utcTime(Date.now() - day), utcTime(Date.now() + day)),
      distinguishedName(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(...extensions)),
    )
    const signature = sign('sha256', content, this.#keys.privateKey)
    const bytes = sequence(content, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])))
    const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
    return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
  }
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid(OID.commonName), der(0x0c, Buffer.from(commonName)))))
}

function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return der(0x17, Buffer.from(digits.slice(2)))
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(0x04, value))
}
