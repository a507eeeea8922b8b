import { Command } from 'commander';
import { EngineUnusable, EXIT, InputRefused } from '../cli/errors.ts';
import { comparisonText, isSame, MUST_DIFFER } from './parity/compare.ts';
import { FAULT_NIGHTS } from './parity/fault-nights.ts';
import { compareFaultNights } from './parity/fault-parity.ts';
import { nightParity, type ParityOptions } from './parity/night-parity.ts';
import { LocalstackUnusable, type Place, placeOf } from './place.ts';

/** Compares a night of the embedded engine with the same night on LocalStack. Exit status 0 when all is the same. */
const collect = (value: string, before: string[] = []): string[] => [...before, value];
const EXIT_DIFFERENT = 1;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const options = new Command('parity')
  .description(
    'Observe the same night on the embedded engine and on LocalStack, and compare records, frames, reports and states',
  )
  .option('--observatory <name|file>', 'observatory: a name in observatories/ or a JSON file', 'la-palma')
  .option('--programme <name|file>', 'programme: a name in programmes/ or a JSON file', 'andromeda')
  .option('--night <date>', 'date of the evening, YYYY-MM-DD (default: tonight)')
  .option('--seed <number>', 'seed of everything that is left to chance', '1')
  .option('--fault <step=share>', 'let a share of the steps fail: slew, configure, expose; may be repeated', collect)
  .option('--faults', 'instead of one night, small nights in which each step fails once, made to by its services')
  .option('--port <number>', 'port of LocalStack (default: that of AWS_ENDPOINT_URL, or 4566)')
  .parse()
  .opts<ParityOptions & { faults?: boolean; port?: string }>();

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interruption.abort());

try {
  const place = placeOf(options.port);
  const same = options.faults ? await compareFaults(place) : await compareNight(place);
  process.exitCode = same ? 0 : EXIT_DIFFERENT;
} catch (error) {
  const faults =
    error instanceof InputRefused
      ? error.faults
      : error instanceof EngineUnusable || error instanceof LocalstackUnusable
        ? [error.message]
        : undefined;
  if (faults === undefined && !interruption.signal.aborted) throw error;
  process.stderr.write(`${(faults ?? ['Interrupted.']).map((fault) => `error: ${fault}`).join('\n')}\n`);
  process.exitCode = faults === undefined ? EXIT.interrupted : EXIT.engine;
}

async function compareNight(place: Place): Promise<boolean> {
  const result = await nightParity(place, options, interruption.signal);
  const { nightId, compared, embeddedS, localstackS, embeddedStatus, localstackStatus } = result;
  say(`Night ${nightId}: embedded ${embeddedS.toFixed(1)} s, LocalStack ${localstackS.toFixed(1)} s`);
  say(`Exit status: embedded ${embeddedStatus}, LocalStack ${localstackStatus}\n`);
  say(comparisonText(compared));
  say(
    `\nTaken out before comparing, because it must differ:\n${MUST_DIFFER.map(({ what, why }) => `  ${what}: ${why}`).join('\n')}`,
  );
  return isSame(compared) && embeddedStatus === localstackStatus;
}

async function compareFaults(place: Place): Promise<boolean> {
  let same = true;
  await compareFaultNights(
    place,
    FAULT_NIGHTS,
    ({ night, embedded, localstack, compared, faults }) => {
      const good = isSame(compared) && faults.length === 0;
      same &&= good;
      const times = `embedded ${embedded.seconds.toFixed(1)} s, LocalStack ${localstack.seconds.toFixed(1)} s`;
      say(
        `${good ? 'same    ' : 'DIFFERS '} ${night.name.padEnd(30)} ${times}; ${night.catches.join(', ') || 'no Catch'}`,
      );
      for (const fault of faults) say(`  ${fault}`);
      if (!isSame(compared)) say(comparisonText(compared));
    },
    interruption.signal,
  );
  return same;
}
