import { describe, expect, it } from 'vitest';
import { BYTES_PER_GB, type Cost, costOfMonth, costOfNight, STAGE, type Stored } from '../../../core/cost/price.ts';
import { PRICES, REGIONS } from '../../../core/cost/prices.ts';
import { type NightUsage, usageOf } from '../../../core/cost/usage.ts';

const NOTHING: Stored = { frames: 0, movable: { frames: 0, bytes: 0 }, otherBytes: 0 };
const usage = (change: Partial<NightUsage> = {}): NightUsage => ({ ...usageOf([]), ...change });
const reported = (change: Partial<NightUsage['reported']>): NightUsage =>
  usage({ reported: { ...usageOf([]).reported, ...change } });
const lineOf = (cost: Cost, item: string) => cost.lines.find((line) => line.item === item);

describe('a night', () => {
  it('costs what AWS’s pages say for a million of each', () => {
    const of = (each: NightUsage) => costOfNight(each, NOTHING, 'us-east-1');
    expect(lineOf(of(usage({ stateTransitions: 1_000_000 })), 'state transitions')?.usd).toBeCloseTo(25, 9);
    expect(lineOf(of(reported({ dynamodbReadUnits: 1_000_000 })), 'read request units')?.usd).toBeCloseTo(0.125, 9);
    expect(lineOf(of(reported({ dynamodbWriteUnits: 1_000_000 })), 'write request units')?.usd).toBeCloseTo(0.625, 9);
    expect(lineOf(of(reported({ s3Puts: 1_000_000 })), 'PUT, LIST requests')?.usd).toBeCloseTo(5, 9);
    expect(lineOf(of(reported({ s3Gets: 1_000_000 })), 'GET requests')?.usd).toBeCloseTo(0.4, 9);
  });

  it('has its functions priced by request and GB-second', () => {
    const functions = {
      'expose-frame': { requests: 600_000, failures: 0, billedMs: 0, gbSeconds: 100_000 },
      'choose-next': { requests: 400_000, failures: 0, billedMs: 0, gbSeconds: 50_000 },
    };
    const cost = costOfNight(usage({ functions }), NOTHING, 'eu-west-1');
    expect(lineOf(cost, 'requests')).toMatchObject({ quantity: 1_000_000, usd: 0.2 });
    expect(lineOf(cost, 'duration, ARM')?.usd).toBeCloseTo(2.00001, 5);
  });

  it('is its lines added up, and says which of them are estimates', () => {
    const cost = costOfNight(
      usage({ stateTransitions: 40, historyBytes: BYTES_PER_GB, executions: 3 }),
      { frames: 1, movable: { frames: 1, bytes: BYTES_PER_GB }, otherBytes: BYTES_PER_GB },
      'eu-west-1',
    );
    // Transitions, 2 GB in Standard, 1 GB of logs written and kept, 3 traces.
    expect(cost.usd).toBeCloseTo(0.001 + 2 * 0.023 + 0.57 + 0.03 + 0.000015, 9);
    expect(cost.lines.filter(({ basis }) => basis === 'estimated').map(({ item }) => item)).toEqual([
      'logs written',
      'logs kept',
      'traces',
    ]);
  });

  it('that did nothing costs nothing', () => {
    expect(costOfNight(usage(), NOTHING, 'us-east-1')).toEqual({ lines: [], usd: 0 });
  });
});

describe('a month of nights', () => {
  const month = (number: number, isFree = false, each = usage(), stored = NOTHING) =>
    costOfMonth(each, stored, 'us-east-1', { month: number, isFree });
  const stored: Stored = { frames: 1000, movable: { frames: 1000, bytes: BYTES_PER_GB }, otherBytes: 0 };
  const quantities = (number: number) => {
    const cost = month(number, false, usage(), stored);
    return ['Standard', 'Standard-IA', 'Glacier Instant Retrieval'].map((item) => lineOf(cost, item)?.quantity ?? 0);
  };

  it('bills 30 of what one night uses', () => {
    expect(lineOf(month(1, false, usage({ stateTransitions: 1000 })), 'state transitions')).toMatchObject({
      quantity: 30_000,
      usd: 0.75,
    });
  });

  it('fills up with frames, 1 GB a night: on the n-th day there are n', () => {
    // (1 + 2 + ... + 30) / 30 = 15.5 GB-months.
    expect(quantities(1)).toEqual([15.5, 0, 0]);
  });

  it('has frames of 30 days and more in Standard-IA, of 180 days and more in Glacier IR', () => {
    expect(quantities(2)).toEqual([30, 15.5, 0]);
    // Ages of 30 to 179 days are 150 nights; in the twelfth month the oldest are 330 to 359 days old.
    expect(quantities(6)).toEqual([30, expect.closeTo(4 * 30 + 15.5, 9), 0]);
    expect(quantities(7)).toEqual([30, 150, 15.5]);
    expect(quantities(12)).toEqual([30, 150, expect.closeTo(5 * 30 + 15.5, 9)]);
  });

  it('moves each frame once to each class', () => {
    const moved = (number: number, item: string) =>
      lineOf(month(number, false, usage(), stored), `transitions to ${item}`)?.quantity ?? 0;
    expect([1, 2, 3].map((number) => moved(number, 'Standard-IA'))).toEqual([0, 30_000, 30_000]);
    expect([6, 7].map((number) => moved(number, 'Glacier IR'))).toEqual([0, 30_000]);
  });

  it('keeps what is too small to move where it is', () => {
    const small: Stored = { frames: 1, movable: { frames: 0, bytes: 0 }, otherBytes: BYTES_PER_GB };
    const cost = month(12, false, usage(), small);
    expect(lineOf(cost, 'Standard')?.quantity).toBeCloseTo(330 + 15.5, 9);
    expect(lineOf(cost, 'Standard-IA')).toBeUndefined();
  });

  it('keeps logs for as long as the stage does', () => {
    const each = usage({ historyBytes: BYTES_PER_GB });
    const kept = (number: number) => lineOf(month(number, false, each), 'logs kept')?.quantity;
    expect([1, 2, 3, 4, 12].map(kept)).toEqual([15.5, 45.5, 75.5, 90, 90]);
  });

  it('has what the stage has standing, whatever happens in it', () => {
    const cost = month(1);
    expect(cost.usd).toBeCloseTo(STAGE.alarmMetrics * 0.1 + 3 + 1, 9);
  });

  it('is free of what every account has for nothing, if that is asked for', () => {
    // The example of the Step Functions page: 400,000 transitions, 4,000 of them free, are 9.90 USD.
    const each = usage({ stateTransitions: 400_000 / 30 });
    expect(lineOf(month(1, true, each), 'state transitions')?.usd).toBeCloseTo(9.9, 9);
    expect(lineOf(month(1, false, each), 'state transitions')?.usd).toBeCloseTo(10, 9);
    expect(lineOf(month(1, true, usage({ stateTransitions: 100 })), 'state transitions')).toBeUndefined();
    expect(lineOf(month(1, true), 'alarm metrics')?.quantity).toBe(STAGE.alarmMetrics - 10);
  });
});

describe('the table of prices', () => {
  it.each(Object.entries(PRICES))('says of %s where and when it was found', (_name, price) => {
    expect(price.source).toMatch(/^https:\/\/aws\.amazon\.com\/[a-z0-9/-]+\/$/);
    for (const date of Object.values(price.asOf)) expect(date).toMatch(/^20\d\d-[01]\d-[0-3]\d$/);
    for (const region of REGIONS) expect(price.usd[region]).toBeGreaterThan(0);
    expect(price.unit.startsWith(price.per.toLocaleString('en')) || price.per === 1).toBe(true);
  });
});
