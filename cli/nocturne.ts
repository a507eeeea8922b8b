#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { REGIONS } from '../core/cost/prices.ts';
import { IMAGE_TYPES } from '../core/records/ids.ts';
import { SOFTWARE_VERSION } from '../core/version.ts';
import { FLAT_LIGHTS } from '../core/visits/frame.ts';
import { addCalibrationCommands } from './calibration-commands.ts';
import { showCost } from './commands/cost.ts';
import { examine } from './commands/doctor.ts';
import { expose } from './commands/expose.ts';
import { nightFiles } from './commands/files.ts';
import { showHistory } from './commands/history.ts';
import { runNight } from './commands/night.ts';
import { listNights, showReport } from './commands/nights.ts';
import { checkObservatories, listObservatories, showObservatory } from './commands/observatory.ts';
import { reduceNight } from './commands/reduce.ts';
import { replay } from './commands/replay.ts';
import { addSchedule, listSchedules, removeSchedule, switchSchedule } from './commands/schedule.ts';
import { showNext } from './commands/schedule-next.ts';
import { serve } from './commands/serve.ts';
import { stopNight } from './commands/stop.ts';
import { watchNight } from './commands/watch.ts';
import { EngineUnusable, EXIT, InputRefused } from './errors.ts';
import { FAULT_HELP } from './fault-option.ts';
import { FILE_KINDS } from './night-files.ts';
import { ENGINES } from './session.ts';
import { engineTrouble } from './trouble.ts';

/** An endpoint of one's own is meant to be used; `npm run night` alone needs none. */
const usualEngine = process.env.AWS_ENDPOINT_URL ? 'localstack' : 'embedded';
const engine = () =>
  new Option('--engine <name>', 'where the state machines run')
    .choices(ENGINES)
    .default(usualEngine, `${usualEngine}; localstack where AWS_ENDPOINT_URL is set, else embedded`);
const out = () =>
  new Option('--out <folder>', 'folder of the embedded engine: frames, records, histories').default('.nocturne');
const stage = () => new Option('--stage <name>', 'which deployed stage, where there are several');
const json = () => new Option('--json', 'one JSON object a line, for machines');

/** A command that works against any engine. */
const onEngine = (command: Command): Command =>
  command.addOption(engine()).addOption(out()).addOption(stage()).addOption(json());

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65535) return value;
  throw new InvalidArgumentError('must be a whole number from 0 (any free port) to 65535.');
}

function nightCount(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 400) return value;
  throw new InvalidArgumentError('must be a whole number from 1 to 400.');
}

const program = new Command('nocturne')
  .description('A serverless observatory: one Step Functions execution is one observing night')
  .version(SOFTWARE_VERSION)
  .exitOverride();

const collect = (value: string, before: string[] = []): string[] => [...before, value];

onEngine(
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
    .option('--fault <fault>', FAULT_HELP, collect)
    .option(
      '--weather <file>',
      'play back measured weather: a CSV file with the columns utc, seeing_arcsec, cloud_mag ...',
    ),
).action(async ({ site, ...options }) => {
  process.exitCode = await runNight({ observatory: site, ...options }, Date.now());
});

onEngine(program.command('nights').description('list the nights that an engine knows')).action(async (options) => {
  process.exitCode = await listNights(options);
});

onEngine(program.command('report <night>').description('show the report of a night')).action(
  async (night: string, options) => {
    process.exitCode = await showReport(night, options);
  },
);

onEngine(
  program
    .command('watch <night>')
    .description('follow a night that anybody began; Ctrl-C ends the watching, not the night'),
).action(async (night: string, options) => {
  process.exitCode = await watchNight(night, options);
});

onEngine(
  program
    .command('stop <night>')
    .description('stop a night after the frame that is being taken, and wait until it is closed')
    .option('--now', 'at once, in the middle of what it does')
    .option('--no-wait', 'only ask it to stop'),
).action(async (night: string, options) => {
  process.exitCode = await stopNight(night, options);
});

onEngine(
  program
    .command('cost <night>')
    .description('what a night costs on AWS, and what months of such nights would')
    .addOption(
      new Option('--region <name>', 'prices of this region (default: where it ran, else us-east-1)').choices(REGIONS),
    )
    .option('--free-tier', 'without what every account has for nothing each month'),
).action(async (night: string, options) => {
  process.exitCode = await showCost(night, options);
});

onEngine(
  program
    .command('reduce <night>')
    .description('reduce the frames of a night that have no result, or lacked a master that is there now'),
).action(async (night: string, options) => {
  process.exitCode = await reduceNight(night, options);
});

const schedule = program.command('schedule').description('let nights start by themselves');

onEngine(
  schedule
    .command('add <name>')
    .description('make the rule that starts the nights of a site, and name them <name>-<day>')
    .option('--observatory, --site <name|file>', 'observatory: a name in observatories/ or a JSON file')
    .option('--programme <name|file>', 'programme: a name in programmes/ or a JSON file')
    .option('--cron <expression>', 'when, UTC: "cron(minutes hours day month weekday year)" (default: local mean noon)')
    .option('--rate <expression>', 'how often instead: "rate(1 day)"')
    .option('--seed <number>', 'seed of everything that is left to chance', '1')
    .option('--campaign <id>', "nights of one campaign continue each other's requests (default: the schedule's own)")
    .option('--speed <factor>', 'pace the nights by the wall clock, 1 is real time (default: as fast as possible)')
    .option('--fault <fault>', FAULT_HELP, collect)
    .option('--disabled', 'make it, but start nothing yet')
    .option('--replace', 'replace the schedule of that name'),
).action(async (name: string, { site, ...options }) => {
  process.exitCode = await addSchedule(name, { observatory: site, ...options }, Date.now());
});

onEngine(schedule.command('list').description('list the schedules, those of the deployed stack too')).action(
  async (options) => {
    process.exitCode = await listSchedules(options, Date.now());
  },
);

onEngine(
  schedule
    .command('next [name]')
    .description('show which nights will start, and when, in UTC and in the time of the site')
    .option('--count <number>', 'how many nights of each schedule', nightCount, 3),
).action(async (name: string | undefined, options) => {
  process.exitCode = await showNext(name, options, Date.now());
});

for (const [word, isOn] of [
  ['enable', true],
  ['disable', false],
] as const) {
  onEngine(
    schedule
      .command(`${word} <name>`)
      .description(isOn ? 'let a schedule start nights' : 'let a schedule start no more nights; it stays'),
  ).action(async (name: string, options) => {
    process.exitCode = await switchSchedule(name, isOn, options);
  });
}

onEngine(schedule.command('remove <name>').description('remove a schedule; its nights stay')).action(
  async (name: string, options) => {
    process.exitCode = await removeSchedule(name, options);
  },
);

onEngine(
  program
    .command('files <night>')
    .description('list the files of a night, or bring them to a folder')
    .option('--to <folder>', 'bring them here, each under its key; what is there and right is not fetched again')
    .addOption(new Option('--kind <kind>', 'which files').choices([...FILE_KINDS, 'all']).default('all')),
).action(async (night: string, options) => {
  process.exitCode = await nightFiles(night, options);
});

onEngine(
  program
    .command('history <night>')
    .description('show the executions of a night with the states that each entered')
    .option('--execution <name>', 'show every event of one execution')
    .option('--export <file>', 'write all executions with inputs, outputs and events as one JSON file'),
).action(async (night: string, options) => {
  process.exitCode = await showHistory(night, options);
});

addCalibrationCommands(program, onEngine);

const observatory = program.command('observatory').description('look at observatories, which are files of data');

observatory
  .command('list')
  .description('list those that come with the product')
  .addOption(json())
  .action((options) => {
    process.exitCode = listObservatories(options);
  });

observatory
  .command('show <name|file>')
  .description('show scale, field, zero points, limiting and saturation magnitudes of one')
  .addOption(json())
  .action((name: string, options) => {
    process.exitCode = showObservatory(name, options);
  });

observatory
  .command('check <files...>')
  .description('check files (or names): every fault, what follows from the parameters, what is hardly meant so')
  .addOption(json())
  .action((files: string[], options) => {
    process.exitCode = checkObservatories(files, options);
  });

onEngine(
  program.command('doctor').description('look at an engine and say what is well, what is not, and what to do'),
).action(async (options) => {
  process.exitCode = await examine(options);
});

program
  .command('expose [target]')
  .description('take one frame by itself, of a name (M31, NGC 1275) or a place (10.68,41.27 or 0:42:44,41:16:09)')
  .option('--observatory, --site <name|file>', 'observatory: a name in observatories/ or a JSON file', 'la-palma')
  .addOption(new Option('--type <type>', 'kind of frame').choices(IMAGE_TYPES).default('object'))
  .option('--filter <name>', 'filter in the beam (default: r, else the first)')
  .option('--exposure <seconds>', 'exposure time (default: object 60, focus 10, dark 300, flat: by --level)')
  .option('--level <adu>', 'let a flat last until it has this count above the bias (default: 25000)')
  .addOption(new Option('--light <what>', 'what lights a flat (default: dome)').choices(FLAT_LIGHTS))
  .option('--at <instant>', 'when the shutter opens, UTC, such as 2026-11-21T23:30:00Z')
  .option('--night <date>', 'instead: when the target stands highest in the night of that evening (default: tonight)')
  .option('--seed <number>', 'seed of everything that is left to chance', '1')
  .option('--number <number>', 'number of the frame in its day', '1')
  .option('--without <effects>', 'effects to switch off, with commas; an unknown name lists them all')
  .option('--binning <number>', 'pixels of the chip that are summed in each direction', '1')
  .option('--window <x,y,width,height>', 'read a part of the chip, in its pixels from 0')
  .option('--focus <micrometres>', 'put the focuser beside its focus', '0')
  .option('--sequence <count,micrometres>', 'take a focus sequence, such as 7,40, and find the best focus')
  .option('--to <folder>', 'folder to write to', '.')
  .option('--truth', 'also write what was put where, as an ECSV table')
  .option('--png', 'also write a picture')
  .option('--compress', 'write .fits.fz (RICE_1) instead of .fits')
  .option('--replace', 'replace files that are there with another content')
  .addOption(json())
  .action(async (target: string | undefined, { site, ...options }) => {
    process.exitCode = await expose(target, { observatory: site, ...options }, Date.now());
  });

program
  .command('replay <file>')
  .description('make a frame again from its own header and observatory, and say whether it is the same')
  .option('--observatory <file>', 'file of the observatory (default: where the header says, beside the frame or above)')
  .addOption(json())
  .action(async (file: string, options) => {
    process.exitCode = await replay(file, options);
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
  const trouble = engineTrouble(error);
  if (trouble !== undefined) return say([trouble], EXIT.engine);
  // Commander has said its own errors, and help is no error.
  if (error instanceof Error && 'exitCode' in error) return error.exitCode === 0 ? EXIT.done : EXIT.refused;
  if (error instanceof Error) return say([`${error.name}: ${error.message}`], EXIT.failed);
  return say([String(error)], EXIT.failed);
}
