import type { ProgramExtension } from '@spillway/worker'
import type { PlanOptions } from './plan-command.ts'

// A worker needs none of what this loads.
const planModule = () => import('./plan-command.ts')

const EXAMPLES = `
Examples:
  spillway variety plan --bootstrap-server kafka:9092 --topic events --field type --dry-run
  spillway variety plan --config client.properties --topic events --header type --plan-topic events-variety`

/** Adds `spillway variety`: plans for producers that spread kinds of record over partitions. */
export const addVarietyCommands: ProgramExtension = (program, finish) => {
  const variety = program
    .command('variety')
    .description('plans that give each partition few kinds of record and the same load')
    .addHelpText('after', EXAMPLES)
  variety
    .command('plan')
    .description(
      'learn the kinds of a topic from its last records, and write the next plan for its producers',
    )
    .requiredOption('--topic <topic>', 'the topic that producers write to')
    .option('--field <path>', 'the kind is a field of the JSON value: type, or meta.type')
    .option('--header <name>', 'the kind is a header')
    .option('--key', 'the kind is the key')
    .option('--config <file>', 'configuration of the client: .properties, or a flat JSON object')
    .option('--bootstrap-server <host:port>', 'brokers, in place of bootstrap.servers')
    .option('--plan-topic <topic>', 'compacted topic of the plan; default <topic>-variety')
    .option('--from-topic <topic>', 'learn from this topic instead')
    .option('--records <n>', 'how many of the last records to learn from', '100000')
    .option('--weight <bytes|records>', 'what the load is measured in', 'bytes')
    .option('--keep <part>', 'how much what the plan before was made of counts: 0 to 1', '0.5')
    .option('--limit <factor>', 'repair what is above so many times the mean load', '1.1')
    .option('--strict', 'move nothing that records may have been sent to')
    .option('--anew', 'make a new plan, not a repair: nearly everything moves')
    .option('--replication-factor <n>', "of a plan topic that is made; default the broker's")
    .option('--dry-run', 'tell what the plan would be, and write nothing')
    .action(async (options: PlanOptions) => finish(await (await planModule()).planCommand(options)))
}
