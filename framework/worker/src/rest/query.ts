import type { FastifyRequest } from 'fastify'

/** A query parameter; of one that is given several times the first, as in Connect. */
export function parameter(query: FastifyRequest['query'], name: string): string | undefined {
  const value = (query as Readonly<Record<string, string | string[]>>)[name]
  return Array.isArray(value) ? value[0] : value
}

/** Every value of a query parameter. */
export function parameters(query: FastifyRequest['query'], name: string): string[] {
  return [(query as Readonly<Record<string, string | string[]>>)[name] ?? []].flat()
}

/** As Java reads a boolean: `true`, in whatever case, and nothing else. */
export function isTrue(text: string): boolean {
  return text.toLowerCase() === 'true'
}
