#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { SOFTWARE_VERSION } from '../core/version.ts';
import { runNight } from './commands/night.ts';
import { listNights, showReport } from './commands/nights.ts';
import { serve } from './commands/serve.ts';
import { EngineUnusable, EXIT, InputRefused } from './errors.ts';
import { ENGINES } from './session.ts';

const engine = () => new Option('--engine <name>', 'where the state machines run').choices(ENGINES).default('embedded');
const out = () =>
  new Option('--out <folder>', 'folder of the embedded engine: frames, records, histories').default('.nocturne');
const stage = () => new Option('--stage <name>', 'which deployed stage, where there are several');
const json = () => new Option('--json', 'one JSON object a line, for machines');

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65535) return value;
  throw new InvalidArgumentError('must be a whole number from 0 (any free port) to 65535.');
}

const program = new Command('nocturne')
  .description('A serverless observatory: one Step Functions execution is one observing night')
  .version(SOFTWARE_VERSION)
  .exitOverride();

const collect = (value: string, before: string[] = []): string[] => [...before, value];

program
  .command('night')
  .description('observe one night; the same --name again continues it')
  .option('--observatory, --site <name|file>', 'observatory: a name in observatories/ or a JSON file', 'la-palma')
  .option('--night <date>', 'date of the evening, YYYY-MM-DD (default: tonight)')
  .option('--programme <name|file>', 'programme: a name in programmes/ or a JSON file', 'andromeda')
  .option('--seed <number>', 'seed of everything that is left to chance', '1')
  .option('--name <id>', 'id of the night (default: programme and date)')
  .option('--campaign <id>', "nights of one campaign continue each other's requests (default: the night's own)")
  .option('--speed <factor>', 'pace the night by the wall clock, 1 is real time (default: as fast as possible)')
  .option('--fault <step=share>', 'let a share of the steps fail: slew, configure, expose; may be repeated', collect)
  .addOption(engine())
  .addOption(out())
  .addOption(stage())
  .addOption(json())
  .action(async ({ site, ...options }) => {
    process.exitCode = await runNight({ observatory: site, ...options }, Date.now());
  });

program
  .command('nights')
  .description('list the nights that an engine knows')
  .addOption(engine())
  .addOption(out())
  .addOption(stage())
  .addOption(json())
  .action(async (options) => {
    process.exitCode = await listNights(options);
  });

program
  .command('report <night>')
  .description('show the report of a night')
  .addOption(engine())
  .addOption(out())
  .addOption(stage())
  .addOption(json())
  .action(async (night: string, options) => {
    process.exitCode = await showReport(night, options);
  });

program
  .command('serve')
  .description('serve the embedded engine to any AWS client on a loopback port')
  .option('--port <number>', 'port on 127.0.0.1', port, 4566)
  .addOption(out())
  .action(async (options) => {
    process.exitCode = await serve(options);
  });

// Who reads along may stop reading (`| head`); the night goes on.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** Says what went wrong in a person's words, or as JSON when asked for, and gives the exit status. */
function explain(error: unknown): number {
  const asJson = process.argv.includes('--json');
  const say = (faults: readonly string[], status: number): number => {
    if (asJson) process.stdout.write(`${JSON.stringify({ type: 'error', faults })}\n`);
    else for (const fault of faults) process.stderr.write(`${pc.red('error:')} ${fault}\n`);
    return status;
  };
  if (error instanceof InputRefused) return say(error.faults, EXIT.refused);
  if (error instanceof EngineUnusable) return say([error.message], EXIT.engine);
  // Commander has said its own errors, and help is no error.
  if (error instanceof Error && 'exitCode' in error) return error.exitCode === 0 ? EXIT.done : EXIT.refused;
  if (error instanceof Error) return say([`${error.name}: ${error.message}`], EXIT.failed);
  return say([String(error)], EXIT.failed);
}
