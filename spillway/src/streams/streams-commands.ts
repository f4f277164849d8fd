import type { ProgramExtension } from '@spillway/worker'
import type { DescribeOptions } from './describe-command.ts'
import type { ResetOptions } from './reset-options.ts'
import type { RunOptions } from './run-command.ts'
import type { StatusOptions } from './status-command.ts'

// A worker needs none of what these load.
const runModule = () => import('./run-command.ts')
const describeModule = () => import('./describe-command.ts')
const resetModule = () => import('./reset-command.ts')
const statusModule = () => import('./status-command.ts')

const MODULE = [
  '<module>',
  'file whose default export, or `topology`, is a Topology, or a function of a StreamsBuilder',
] as const
const CONFIG = [
  '--config <file>',
  'configuration of the application: .properties, or a flat JSON object',
] as const
const SERVERS = ['--bootstrap-server <host:port>', 'brokers, in place of bootstrap.servers'] as const
const APPLICATION = ['--application-id <id>', 'in place of application.id'] as const

const EXAMPLES = `
Examples:
  spillway streams run word-count.ts --config streams.properties
  spillway streams describe word-count.ts --format mermaid
  spillway streams status word-count.ts --config streams.properties
  spillway streams reset --config streams.properties --input-topics lines --dry-run`

/** Adds `spillway streams`: topologies run, shown and reset from the command line. */
export const addStreamsCommands: ProgramExtension = (program, finish) => {
  const streams = program
    .command('streams')
    .description('run topologies of Kafka Streams, and look after them')
    .addHelpText('after', EXAMPLES)
  streams
    .command('run')
    .description(
      'run a topology in this process, until SIGTERM or SIGINT: it commits and gives its tasks back',
    )
    .argument(...MODULE)
    .requiredOption(...CONFIG)
    .option(...SERVERS)
    .option(...APPLICATION)
    .action(async (module: string, options: RunOptions) =>
      finish(await (await runModule()).runCommand(module, options)),
    )
  streams
    .command('describe')
    .description('what a topology is made of, as Topology.describe() tells it, or as a graph')
    .argument(...MODULE)
    .option(...CONFIG)
    .option('--format <text|dot|mermaid>', 'text, or a graph for Graphviz or Mermaid', 'text')
    .action(async (module: string, options: DescribeOptions) =>
      finish(await (await describeModule()).describeCommand(module, options)),
    )
  streams
    .command('reset')
    .description(
      'begin again, as kafka-streams-application-reset does: offsets of input topics, internal topics, local state',
    )
    .option(...CONFIG)
    .option(...APPLICATION)
    .option(...SERVERS)
    .option('--command-config <file>', 'properties of the admin client, such as those of security')
    .option('--config-file <file>', 'older name of --command-config')
    .option('--input-topics <list>', 'topics whose offsets are set, by default to the earliest')
    .option('--intermediate-topics <list>', 'topics that are input and output: to their end')
    .option('--internal-topics <list>', 'only these of the internal topics are deleted')
    .option('--to-earliest', 'input topics to their earliest offset')
    .option('--to-latest', 'input topics to their end')
    .option('--to-offset <offset>', 'input topics to an offset')
    .option('--to-datetime <time>', 'input topics to the first record of that time: YYYY-MM-DDThh:mm:ss.sss')
    .option('--by-duration <duration>', 'input topics to what is so old: PnDTnHnMnS')
    .option('--shift-by <n>', 'input topics by so many records, forwards or (below 0) backwards')
    .option('--from-file <csv>', 'input topics to the offsets of a file: topic,partition,offset per line')
    .option('--state-dir <dir>', 'folder of local state, in place of state.dir')
    .option('--force', 'end the membership of members that are still in the group')
    .option('--dry-run', 'tell what would be done, and do nothing')
    .option('--yes', 'do not ask')
    .action(async (options: ResetOptions) => finish(await (await resetModule()).resetCommand(options)))
  streams
    .command('status')
    .description('members of an application, what each works on, and how far that is behind')
    .argument('[module]', 'of the topology: partitions are then told as tasks')
    .option(...CONFIG)
    .option(...APPLICATION)
    .option(...SERVERS)
    .option('--json', 'as one JSON object')
    .action(async (module: string | undefined, options: StatusOptions) =>
      finish(await (await statusModule()).statusCommand(module, options)),
    )
}
