import { expect, it } from 'vitest';
import { catchesOf } from '../../localstack/parity/catches.ts';
import { comparisonText, isSame } from '../../localstack/parity/compare.ts';
import { FAULT_NIGHTS } from '../../localstack/parity/fault-nights.ts';
import { compareFaultNights } from '../../localstack/parity/fault-parity.ts';
import { nightParity } from '../../localstack/parity/night-parity.ts';
import { localstack } from '../helpers/localstack.ts';

const { signal } = new AbortController();
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

it('leaves the same records, frames and states of the default night on both engines', async () => {
  const options = { observatory: 'la-palma', programme: 'andromeda', night: '2026-11-21', seed: '1' };
  const { compared, embeddedStatus, localstackStatus, embeddedS, localstackS } = await nightParity(
    localstack(),
    options,
    signal,
  );
  say(`Night andromeda: embedded ${embeddedS.toFixed(1)} s, LocalStack ${localstackS.toFixed(1)} s`);
  say(comparisonText(compared));
  expect([embeddedStatus, localstackStatus]).toEqual([0, 0]);
  expect(isSame(compared), comparisonText(compared)).toBe(true);
  const count = Object.fromEntries(compared.map(({ kind, same }) => [kind, same]));
  // 25 biases, 5 darks, 5 dome and 5 twilight flats in each of 3 filters, which are 8 sets; 9 requests of 4 frames each.
  // Frames: the raw ones, and the masters and reduced frames, each with its picture. Associations: nine blocks and their plan.
  expect(count).toMatchObject({
    frames: 96 + 2 * (8 + 36),
    sidecars: 96 + 8 + 36,
    exposures: 96,
    requests: 17,
    associations: 10,
    'calibration.html': 1,
    'report.json': 1,
  });
});

it('leaves the same behind on both engines, whichever step fails', async () => {
  const wrong: string[] = [];
  let nights = 0;
  await compareFaultNights(
    localstack(),
    FAULT_NIGHTS,
    ({ night, compared, faults, localstack: { seconds } }) => {
      nights++;
      say(`Night ${night.name}: LocalStack ${seconds.toFixed(1)} s`);
      wrong.push(...faults.map((fault) => `${night.name}: ${fault}`));
      if (!isSame(compared)) wrong.push(`${night.name}: ${comparisonText(compared)}`);
    },
    signal,
  );
  expect(wrong).toEqual([]);
  expect(nights).toBe(FAULT_NIGHTS.length);
});

it('takes every Catch that trouble around a night can bring about', () => {
  const taken = new Set(FAULT_NIGHTS.flatMap(({ catches }) => catches));
  const left = (['night', 'segment', 'observation'] as const).flatMap(catchesOf).filter((each) => !taken.has(each));
  // Time, weather and time limits are no service's to give, and these nights have nothing to calibrate or reduce;
  // test/statemachines takes these, on both engines too.
  expect(left).toEqual([
    'night.PlanCalibrations: States.ALL',
    'night.Calibrate: States.TaskFailed',
    'night.Calibrate: States.ALL',
    'night.PlanAfterFailure: States.ALL',
    'night.ReduceNight: States.ALL',
    'night.ReportCalibration: States.ALL',
    'night.ReportUnreduced: States.ALL',
    'night.ReportNightUnreduced: States.ALL',
    'segment.Observe: States.ALL',
    'observation.CheckConditions: WeatherUnsafe',
    'observation.CheckConditions: NightEnded',
    'observation.ExposeFrame: WeatherUnsafe',
    'observation.ExposeFrame: NightEnded',
  ]);
});
