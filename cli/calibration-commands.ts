import { type Command, Option } from 'commander';
import { CALIBRATION_TIMES, CALIBRATION_TYPES, FLAT_TARGETS } from '../core/records/calibration.ts';
import { requestCalibration } from './commands/calibration-request.ts';
import { listCalibrations, showCalibration } from './commands/calibrations.ts';
import { changeValidity } from './commands/certify.ts';
import { showAncestry, showUses } from './commands/provenance.ts';
import { showTrends } from './commands/trends.ts';
import { showWhy } from './commands/why.ts';

/**
 * The commands about masters, when they are valid, and what came from what.
 * @param onEngine adds the options that say which engine
 */
export function addCalibrationCommands(program: Command, onEngine: (command: Command) => Command): void {
  const calibrations = program.command('calibrations').description('look at masters, and change when they are valid');

  onEngine(
    calibrations
      .command('list')
      .description('list which master is valid when')
      .option('--key <text>', 'only keys that begin so, such as noc1.flat.')
      .option('--at <utc>', 'only what is valid then: a date or an instant in UTC')
      .option('--night <night>', 'only masters of this night'),
  ).action(async (options) => {
    process.exitCode = await listCalibrations(options);
  });

  onEngine(
    calibrations
      .command('show <master>')
      .description('show a master: its frames, how it was judged, when it is valid, what was done to that'),
  ).action(async (master: string, options) => {
    process.exitCode = await showCalibration(master, options);
  });

  for (const [action, description] of [
    [
      'certify',
      'let a master be used in a range of time (default: from its first frame on, as long as its request says)',
    ],
    ['decertify', 'take a range away from a master (default: all that it has); what is outside stays'],
    ['recertify', 'give a master another range'],
  ] as const) {
    const command = calibrations
      .command(`${action} <master>`)
      .description(description)
      .option('--from <utc>', 'begin, in UTC, such as 2026-11-21 or 2026-11-21T18:30:00Z')
      .option('--to <utc>', 'end, which is not in it')
      .option('--cause <text>', 'why, for the history')
      .option('--by <name>', 'who does it', process.env.USER || 'operator');
    if (action === 'certify')
      command.option('--supersede', 'where it meets another master, let the one taken later win');
    onEngine(command).action(async (master: string, options) => {
      process.exitCode = await changeValidity(action, master, options, Date.now());
    });
  }

  onEngine(
    calibrations
      .command('why <file>')
      .description('show which masters a frame was reduced with, and why, with every candidate'),
  ).action(async (file: string, options) => {
    process.exitCode = await showWhy(file, options);
  });

  onEngine(
    calibrations
      .command('request')
      .description('ask for a calibration set: a night of the campaign takes it')
      .requiredOption('--campaign <id>', 'campaign of the nights that may take it')
      .addOption(new Option('--type <type>', 'kind of frames').choices(CALIBRATION_TYPES).makeOptionMandatory())
      .requiredOption('--count <number>', 'how many frames')
      .option('--minimum <number>', 'frames without which there is no master (default: 5, or the count)')
      .addOption(new Option('--target <what>', 'what flats look at').choices(FLAT_TARGETS))
      .option('--filter <name>', 'filter of flats')
      .option('--exposure <seconds>', 'exposure time of darks')
      .option('--level <adu>', 'counts above bias of flats')
      .option('--binning <number>', 'pixels of the chip that are summed in each direction (default: 1)')
      .addOption(
        new Option('--time <when>', 'when (default: afternoon, twilight flats in the evening)').choices(
          CALIBRATION_TIMES,
        ),
      )
      .option('--days <number>', 'how long the master is valid (default: 1)')
      .option('--priority <number>', '1 is the most urgent, 10 the least (default: 1)')
      .option('--reason <text>', 'why')
      .option('--id <id>', 'id within the campaign (default: time and key)')
      .option('--observatory, --site <name|file>', 'observatory: a name in observatories/ or a JSON file', 'la-palma'),
  ).action(async ({ site, ...options }) => {
    process.exitCode = await requestCalibration({ observatory: site, ...options });
  });

  onEngine(
    calibrations
      .command('trends')
      .description('show how each metric of the masters went over the nights')
      .option('--key <text>', 'only keys that begin so, such as noc1.flat.')
      .option('--to <folder>', 'also plot each metric, as SVG files here'),
  ).action(async (options) => {
    process.exitCode = await showTrends(options);
  });

  const provenance = program.command('provenance').description('ask what came from what');

  onEngine(
    provenance.command('uses <file>').description('list every file that was made with a file, directly or not'),
  ).action(async (file: string, options) => {
    process.exitCode = await showUses(file, options);
  });

  onEngine(provenance.command('of <file>').description('show all that a file came from, as a tree')).action(
    async (file: string, options) => {
      process.exitCode = await showAncestry(file, options);
    },
  );
}
