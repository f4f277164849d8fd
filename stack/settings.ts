import { dirname, join, resolve } from 'node:path'

import { cacheFolder } from './cache.ts'
import { resolvePorts } from './ports.ts'
import type { Ports, PortSpec } from './ports.ts'
import * as registered from './servers/index.ts'
import type { Server, ServerTls } from './servers/server.ts'
import { StackError } from './stack-error.ts'

export type ServerName = keyof typeof registered

/** What clients are given of each server, by its name. */
export type Endpoints = { readonly [N in ServerName]: ReturnType<(typeof registered)[N]['endpoint']> }

export const SERVERS: Readonly<Record<ServerName, Server<unknown>>> = registered

export const SERVER_NAMES = Object.keys(registered) as ServerName[]

export const PORT_SPECS: readonly PortSpec[] = SERVER_NAMES.flatMap((name) => SERVERS[name].ports)

/** Where a stack lives: two that differ in folder and ports run side by side. */
export interface StackSettings {
  /** Data, logs and pid files. */
  readonly dir: string
  /** Downloads, shared by every stack. */
  readonly cacheDir: string
  readonly ports: Ports
  /** The databases offer TLS with it; without, they take plain sessions only. */
  readonly tls?: ServerTls | undefined
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The settings that the environment variables name, or the defaults.
 *
 * @throws StackError when a variable holds no port or two servers get the same one
 */
export function settingsFromEnv(
  env: Environment = process.env,
  overrides: { readonly dir?: string; readonly ports?: Ports } = {},
): StackSettings {
  const root = dirname(import.meta.dirname)
  return {
    dir: resolve(overrides.dir ?? (env['SPILLWAY_STACK_DIR'] || join(root, '.stack'))),
    cacheDir: resolve(cacheFolder(env)),
    ports: resolvePorts(PORT_SPECS, env, overrides.ports),
  }
}

/** The environment variables that lead another process to the same stack. */
export function envOf(settings: StackSettings): Record<string, string> {
  const ports = PORT_SPECS.map((spec) => [spec.env, String(settings.ports[spec.name])])
  return {
    SPILLWAY_STACK_DIR: settings.dir,
    SPILLWAY_CACHE: settings.cacheDir,
    ...(Object.fromEntries(ports) as Record<string, string>),
  }
}

/** The endpoints of every server of the stack that the environment names, whether or not it runs. */
export function endpointsFromEnv(env: Environment = process.env): Endpoints {
  return endpointsAt(settingsFromEnv(env).ports)
}

export function endpointsAt(ports: Ports): Endpoints {
  return Object.fromEntries(SERVER_NAMES.map((name) => [name, SERVERS[name].endpoint(ports)])) as Endpoints
}

/** @throws StackError when one of `names` is no server's; an empty list is returned as it is */
export function parseServerNames(names: readonly string[]): ServerName[] {
  const unknown = names.filter((name) => !(SERVER_NAMES as string[]).includes(name))
  if (unknown.length > 0) {
    throw new StackError(
      `no server is named '${unknown.join("', '")}': the servers are ${SERVER_NAMES.join(', ')}`,
    )
  }
  return [...new Set(names)] as ServerName[]
}
