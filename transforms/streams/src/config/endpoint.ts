/** `host:port`, with a protocol or brackets around an IPv6 address as Java allows them. */
const endpoint = /^(?:[\w.%-]*:\/\/)?(?:\[([\w.%:-]+)\]|([\w.%:-]+)):(\d{1,5})$/

/** The host and the port of `application.server`; null for what is none. */
export function endpointOf(text: string): { readonly host: string; readonly port: number } | null {
  const [, bracketed, plain, digits] = endpoint.exec(text.trim()) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  return host === undefined || port > 65_535 ? null : { host, port }
}
