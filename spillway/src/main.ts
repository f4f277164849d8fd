import { runProgram } from '@spillway/worker'
import { addStreamsCommands } from './streams/streams-commands.ts'

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'

/** Runs the `spillway` command; returns its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  return await runProgram(new URL(`./registry.${extension}`, import.meta.url).href, argv, addStreamsCommands)
}
