import { runProgram } from '@spillway/worker'
import { addStreamsCommands } from './streams/streams-commands.ts'
import { addVarietyCommands } from './variety/variety-commands.ts'

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'

/** Runs the `spillway` command; returns its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const registry = new URL(`./registry.${extension}`, import.meta.url).href
  return await runProgram(registry, argv, (program, finish) => {
    addStreamsCommands(program, finish)
    addVarietyCommands(program, finish)
  })
}
