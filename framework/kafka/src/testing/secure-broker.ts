/** The user every mechanism knows. */
export const USER = { username: 'spillway', password: 'correct horse' } as const

/** A user by PLAIN who may do anything, but with groups. */
export const USER_WITHOUT_GROUPS = { username: 'reader', password: 'no groups' } as const

/**
 * A broker that asks for credentials and certificates. It knows {@link USER} by PLAIN and SCRAM-SHA-512, takes unsigned
 * tokens (OAUTHBEARER), and asks for credentials again within seconds (KIP-368).
 */
export interface SecureBroker extends AsyncDisposable {
  /** `host:port` of the listener of each security protocol; MTLS is SSL that asks for a client's certificate. */
  readonly servers: Readonly<Record<'SASL_PLAINTEXT' | 'SASL_SSL' | 'SSL' | 'MTLS', string>>
  /** PEM of the broker's certificate, which nobody else vouches for. */
  readonly certificate: string
  /** PEM of what the listener MTLS knows its clients by. */
  readonly client: { readonly certificate: string; readonly key: string }
}
