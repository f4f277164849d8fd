import type { Ports, PortSpec } from '../ports.ts'
import type { Requirement } from '../requirements.ts'

/** What a server is given to work with. */
export interface ServerContext {
  /** The server's own folder below the stack's; deleted by `reset`. */
  readonly dir: string
  /** Where downloads are kept. */
  readonly cacheDir: string
  /** The ports of the whole stack, by port name. */
  readonly ports: Ports
  /** One line of progress, for whoever started the stack. */
  readonly report: (line: string) => void
  readonly signal?: AbortSignal | undefined
  /** For databases: sessions may then be secured by TLS. */
  readonly tls?: ServerTls | undefined
}

/** What a server shows to those who secure their sessions, both in PEM. */
export interface ServerTls {
  readonly certificate: string
  readonly key: string
}

/** How to start a server's process. */
export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** The account to run under, for servers that refuse to be root. */
  readonly account?: { readonly uid: number; readonly gid: number } | undefined
}

/**
 * One kind of server of the stack. A new one is a file with such an object and its line in `servers/index.ts`; its name
 * on the command line is the name it is exported under.
 */
export interface Server<Endpoint> {
  readonly title: string
  /** The first is the one people connect to. */
  readonly ports: readonly PortSpec[]
  readonly requirements: readonly Requirement[]
  /** The signal that asks for an orderly stop; SIGTERM where absent. */
  readonly stopSignal?: NodeJS.Signals
  /** What clients are given. */
  endpoint(ports: Ports): Endpoint
  /** What people read: where the server answers. */
  address(ports: Ports): string
  /** Fetches what is to be fetched once per machine. */
  download(context: ServerContext): Promise<unknown>
  /** Writes configuration, makes the data folder where there is none, and says how to start. */
  prepare(context: ServerContext): Promise<Launch>
  /** Whether the server serves: asked again and again until it does. */
  isReady(ports: Ports): Promise<boolean>
  /** Folders outside `dir` that `reset` has to delete too. */
  foldersElsewhere?(dir: string): readonly string[]
}

/** The number of the named port; a name no server declares is a mistake of the stack's own code. */
export function portOf(ports: Ports, name: string): number {
  const port = ports[name]
  if (port === undefined) throw new TypeError(`no port is named '${name}'`)
  return port
}
