import { describe, expect, test } from 'vitest';
import { checkNight } from '../../../core/night/intake.ts';
import { requestsOf } from '../../../core/night/requests.ts';
import { type Programme, programme as programmeSchema } from '../../../core/records/programme.ts';
import type { RequestRecord } from '../../../core/records/visit.ts';
import { chooseNext, type Decision } from '../../../core/scheduler/choose.ts';
import { vetoes } from '../../../core/scheduler/constraints.ts';
import { separationDeg } from '../../../core/sky/angles.ts';
import { choice, circumstances, NIGHT_END_MS, readJson } from './helpers.ts';

/** Sunset at La Palma on 2026-11-21, to the minute. */
const SUNSET_MS = Date.UTC(2026, 10, 21, 18, 15);
/** Half the side of the field, degrees: 2048 pixels of 13.5 um behind 1.54 m. */
const HALF_FIELD_DEG = ((1024 * 13.5e-6) / 1.54) * (180 / Math.PI);

const load = (name: string): Programme => programmeSchema.parse(readJson(`programmes/${name}.json`));
const catalogue: { name: string; aliases: string[]; ra: number; dec: number }[] = [
  ...readJson('data/galaxies.json'),
  ...readJson('data/clusters.json'),
];

describe.each(['andromeda', 'hundred-fifty'])('%s', (name) => {
  const programme = load(name);

  test('is a night that the default observatory accepts', () => {
    const { faults } = checkNight({
      observatory: readJson('observatories/la-palma.json'),
      programme: readJson(`programmes/${name}.json`),
      dayObs: 20261121,
    });
    expect(faults).toEqual([]);
    expect(programme.id).toBe(name);
  });

  test('has the objects that it names in its fields', () => {
    const far = programme.requests.filter(({ target }) => {
      const known = catalogue.find((each) => each.name === target.name || each.aliases.includes(target.name));
      return !known || separationDeg(known.ra, known.dec, target.raDeg, target.decDeg) > HALF_FIELD_DEG / 2;
    });
    expect(far.map(({ target }) => target.name)).toEqual([]);
  });
});

test('andromeda: three galaxies in three filters, four dithers of 60 s each', () => {
  const { requests } = load('andromeda');
  expect(requests.map(({ id }) => id)).toEqual(
    ['m31', 'm33', 'ngc1275'].flatMap((target) => ['g', 'r', 'i'].map((filter) => `${target}-${filter}`)),
  );
  expect(requests.every(({ id, group }) => group === id.split('-')[0])).toBe(true);
  expect(
    requests.map(({ exposures }) => exposures).every(([only]) => only.count === 4 && only.exposureTimeS === 60),
  ).toBe(true);
});

describe('hundred-fifty', () => {
  const { requests } = load('hundred-fifty');

  test('is 150 fields, a frame of 60 s each, no two of the same object', () => {
    expect(requests).toHaveLength(150);
    expect(
      requests.every(
        ({ exposures }) => exposures.length === 1 && exposures[0].count === 1 && exposures[0].exposureTimeS === 60,
      ),
    ).toBe(true);
    expect(new Set(requests.map(({ target }) => target.name)).size).toBe(150);
  });

  test('lies over the whole sky: each of 72 equal cells has two or three', () => {
    const counts = new Map<string, number>();
    for (const { target } of requests) {
      const band = Math.min(5, Math.floor(((Math.sin((target.decDeg * Math.PI) / 180) + 1) / 2) * 6));
      const cell = `${band} ${Math.floor(target.raDeg / 30)}`;
      counts.set(cell, (counts.get(cell) ?? 0) + 1);
    }
    expect(counts.size).toBe(72);
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(3);
    expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(2);
  });

  test('uses every kind of constraint and filter', () => {
    const used = (key: string) => requests.filter(({ constraints }) => key in constraints).length;
    for (const key of ['altitudeMinDeg', 'moonIlluminationMax', 'hourAngleMaxHours', 'seeingMaxArcsec']) {
      expect(used(key)).toBeGreaterThanOrEqual(10);
    }
    expect(new Set(requests.map(({ exposures }) => exposures[0].filter))).toEqual(new Set(['g', 'r', 'i', 'z']));
    expect(new Set(requests.map(({ priority }) => priority))).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(new Set(requests.map(({ constraints }) => constraints.twilight))).toEqual(
      new Set(['nautical', 'astronomical']),
    );
  });
});

/** Runs a night in which nothing fails and every slew takes 20 s: what was observed, in order, and how it ended. */
function runNight(programme: Programme, seeingZenith500Arcsec: number) {
  let requests: RequestRecord[] = requestsOf(programme, 'c');
  let utcMs = SUNSET_MS;
  let filter = 'g';
  const visits: { requestId: string; beginMs: number; endMs: number; airmass: number }[] = [];
  for (;;) {
    const decision: Decision = chooseNext(
      choice(requests, {
        utcMs,
        telescope: { filter },
        slewTimeS: () => 20,
        conditions: { moonIllumination: 0.9, seeingZenith500Arcsec },
      }),
    );
    if (decision.action === 'end') return { visits, requests, end: decision, utcMs };
    if (decision.action === 'wait') {
      utcMs += programme.waitS * 1000;
      continue;
    }
    const { requestId, plan, projected } = decision;
    visits.push({ requestId, beginMs: projected.beginMs, endMs: projected.endMs, airmass: projected.airmass });
    requests = requests.map((record) => {
      if (record.requestId !== requestId) return record;
      filter = plan.at(-1)?.filter ?? filter;
      const done = { ...record.done, ...Object.fromEntries(plan.map(({ index }) => [String(index), 'x'])) };
      return {
        ...record,
        done,
        status: Object.keys(done).length === record.exposures.length ? 'COMPLETED' : 'PARTIAL',
      };
    });
    utcMs = projected.endMs;
  }
}

describe('the night of 2026-11-21 at La Palma', () => {
  const andromeda = load('andromeda');

  test('andromeda: galaxy by galaxy from the first dark minute, in order of priority', () => {
    const { visits, requests } = runNight(andromeda, 1);
    expect(visits.map(({ requestId }) => requestId.split('-')[0])).toEqual(
      ['m31', 'm33', 'ngc1275'].flatMap((target) => Array(3).fill(`c.${target}`)),
    );
    expect(requests.every(({ status }) => status === 'COMPLETED')).toBe(true);
    // astropy: the Sun sinks below -18 deg at 1795289866177 ms; the next look is at most waitS later.
    expect(visits[0].beginMs).toBeGreaterThanOrEqual(1_795_289_866_177);
    expect(visits[0].beginMs).toBeLessThan(1_795_289_866_177 + 330_000);
  });

  test('a wider distance from the Moon would keep M33 for another night', () => {
    const wider = andromeda.requests.map((each) => ({
      ...each,
      constraints: { ...each.constraints, moonSeparationMinDeg: 25 },
    }));
    const { visits, requests, end } = runNight({ ...andromeda, requests: wider }, 1);
    expect(visits.map(({ requestId }) => requestId.split('-')[0])).not.toContain('c.m33');
    expect(end).toMatchObject({
      unobservable: [{ requestId: 'c.m33-g' }, { requestId: 'c.m33-i' }, { requestId: 'c.m33-r' }],
    });
    // astropy: the Moon is 19.16 deg from M33 at 20:30.
    const m33 = requests.find(({ requestId }) => requestId === 'c.m33-g') as RequestRecord;
    const broken = vetoes(m33, circumstances());
    expect(broken.map(({ constraint }) => constraint)).toEqual(['moonSeparation']);
    expect(broken[0].value).toBeCloseTo(19.16, 1);
  });

  test('hundred-fifty: whole frames in the dark, one at a time, and every request accounted for', () => {
    const { visits, requests, end, utcMs } = runNight(load('hundred-fifty'), 1);
    expect(utcMs).toBeLessThanOrEqual(NIGHT_END_MS);
    visits.forEach((visit, at) => {
      if (at > 0) expect(visit.beginMs).toBeGreaterThanOrEqual(visits[at - 1].endMs);
      expect(visit.airmass).toBeLessThanOrEqual(2.5);
    });
    const left = requests.filter(({ status }) => status !== 'COMPLETED');
    expect(end.unobservable.map(({ requestId }) => requestId)).toEqual(left.map(({ requestId }) => requestId).sort());
    // Targets that culminate below the mount's 15 degrees: south of 28.76 - 75 = -46.24.
    const never = requests.filter(({ target }) => target.decDeg < -46.5).map(({ requestId }) => requestId);
    expect(never.length).toBeGreaterThanOrEqual(20);
    for (const requestId of never) {
      expect(end.unobservable.find((each) => each.requestId === requestId)?.message).toMatch(
        /^never observable from here/,
      );
    }
    expect(visits.length).toBeGreaterThan(60);
  });
});
