import { readFileSync } from 'node:fs'
import { ConfigError } from '@spillway/api'
import { messageOf } from './sqlstate.ts'

/**
 * What a TLS property names: the content of a file, or the property itself where it is PEM.
 *
 * @param name of the property, as users write it.
 * @throws {ConfigError} for a file that cannot be read.
 */
export function tlsFile(name: string, value: string | undefined): Buffer | undefined {
  if (value === undefined || value === '') return undefined
  if (value.includes('-----BEGIN ')) return Buffer.from(value)
  try {
    return readFileSync(value.replace(/^file:(?:\/\/)?/, ''))
  } catch (cause) {
    throw new ConfigError(`${name}=${value} cannot be read: ${messageOf(cause)}`, {
      key: 'connection.url',
      cause,
    })
  }
}

const UNTRUSTED =
  /unable to (?:verify the first|get (?:local )?issuer) certificate|self-signed certificate|certificate (?:has expired|is not yet valid|signature failure|rejected)/

/** A server whose certificate is not accepted. It may get another one, so a task that was connected waits for that. */
export class CertificateError extends Error {
  readonly code = 'ETLS'

  constructor(message: string, cause: unknown) {
    super(message, { cause })
    this.name = 'CertificateError'
  }
}

/**
 * An error of connecting in words that say what to do, where it is about the server's certificate.
 *
 * @param property that names the file of authorities, as users write it.
 * @param verifyCa the setting that asks for no name.
 */
export function explainTls(error: unknown, host: string, property: string, verifyCa: string): unknown {
  const { cert, reason } = error as { cert?: { subjectaltname?: string }; reason?: string }
  if (cert !== undefined && reason !== undefined) {
    const names = cert.subjectaltname ?? 'no name'
    return new CertificateError(
      `The certificate of the database is not for ${host}, but for: ${names}. Connect by one of these names, or set ` +
        `${verifyCa}, which does not check the name`,
      error,
    )
  }
  const why = UNTRUSTED.exec(messageOf(error))?.[0]
  if (why === undefined) return error
  return new CertificateError(
    `The certificate of the database is not trusted: ${why}. Set ${property} to the file of the authority that signed it (PEM)`,
    error,
  )
}
