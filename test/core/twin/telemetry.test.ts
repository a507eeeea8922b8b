import { describe, expect, it } from 'vitest';
import type { NightEvent } from '../../../core/records/night.ts';
import type { Faults, Observatory, Telemetry } from '../../../core/records/observatory.ts';
import type { ExposureRecord } from '../../../core/records/visit.ts';
import { skyAt } from '../../../core/sky/coordinates.ts';
import { isoOf } from '../../../core/time.ts';
import { meridianFlip, parkedTelescope, parkTelescope, slewTelescope } from '../../../core/twin/mount.ts';
import { nightTelemetry, type TelemetryTable } from '../../../core/twin/telemetry/night.ts';
import { createWeather } from '../../../core/twin/weather.ts';
import { smallObservatory } from './observatory.ts';

const BEGIN_MS = Date.UTC(2026, 10, 21, 20);
const MJD_OF_1970 = 40_587;
const M31 = { raDeg: 10.6847, decDeg: 41.2687 };
const M33 = { raDeg: 23.4621, decDeg: 30.6599 };

/** An hour or so: two targets with frames in two filters, a spell of bad weather between them, and the end. */
function shortNight(observatory: Observatory, frames = 6, exposureTimeS = 60) {
  const events: NightEvent[] = [];
  const exposures: ExposureRecord[] = [];
  let nowMs = BEGIN_MS + 600_000;
  let telescope = parkedTelescope(observatory);
  const add = (kind: NightEvent['kind'], durationS: number, more: Partial<NightEvent>) => {
    const [beginAt, endAt] = [nowMs, nowMs + durationS * 1000].map(isoOf);
    nowMs += Math.round(durationS * 1000);
    events.push({ kind, beginAt, endAt, budget: {}, ...more } as NightEvent);
    return { beginAt, endAt };
  };
  const slewTo = (target: typeof M31) => {
    const slew = slewTelescope({ observatory, from: telescope, target, utcMs: nowMs });
    telescope = slew.telescope;
    add('slew', slew.durationS, { details: { axisTimesS: slew.axisTimesS, turns: slew.turns, ...target } });
  };
  const expose = (target: typeof M31 | undefined, count: number) => {
    for (let i = 0; i < count; i++) {
      const exposureId = `noc1_${target ? 'o' : 'b'}_20261121_${exposures.length}`;
      const lastsS = target ? exposureTimeS : 0;
      const beginMs = nowMs;
      add('exposure', lastsS + 4, { exposureId });
      exposures.push({
        exposureId,
        imageType: target ? 'object' : 'bias',
        header: { ...target },
        beginAt: isoOf(beginMs),
        endAt: isoOf(beginMs + lastsS * 1000),
        readyAt: isoOf(nowMs),
      } as unknown as ExposureRecord);
    }
  };
  expose(undefined, 2);
  slewTo(M31);
  expose(M31, frames);
  add('configure', 8, { details: { filter: 'r' } });
  expose(M31, frames);
  add('wait', 900, { budget: { weather: 900 } });
  telescope = { ...parkedTelescope(observatory), filter: 'r' };
  slewTo(M33);
  expose(M33, frames);
  const park = parkTelescope({ observatory, from: telescope, utcMs: nowMs });
  add('close', park.durationS, { details: { axisTimesS: park.axisTimesS, turns: park.turns } });
  return { events, exposures, endMs: nowMs };
}

function written(telemetry: Telemetry | undefined, faults: Faults = {}, changes = {}) {
  const { telemetry: _, ...plain } = { ...smallObservatory(), ...changes };
  const observatory: Observatory = { ...plain, ...(telemetry && { telemetry }) };
  const weather = createWeather({ ...observatory, seed: 5 });
  const night = { nightId: 'n1', seed: 5, faults, beginAt: isoOf(BEGIN_MS) };
  const lived = shortNight(observatory);
  const tables = nightTelemetry({ observatory, weather, night, ...lived });
  return { observatory, weather, tables: Object.fromEntries(tables.map((table) => [table.name, table])), ...lived };
}

const column = (table: TelemetryTable, name: string) => {
  const found = table.columns.find((each) => each.name === name);
  if (!found) throw new Error(`no column ${name}`);
  return Array.from<number | string>(found.values) as number[];
};
/** When the samples were taken, by the clock of the subsystem. */
const timesOf = (table: TelemetryTable) => column(table, 'mjd').map((mjd) => (mjd - MJD_OF_1970) * 86_400_000);

describe('telemetry', () => {
  const { observatory, weather, tables, events, exposures, endMs } = written({});
  const slews = events.filter(({ kind }) => kind === 'slew');

  it('is not written by an observatory without the section', () => {
    expect(written(undefined).tables).toEqual({});
  });

  it('of ten hours fits into ten megabytes', () => {
    const observatory: Observatory = { ...smallObservatory(), telemetry: {} };
    const weather = createWeather({ ...observatory, seed: 5 });
    const night = { nightId: 'n1', seed: 5, faults: {}, beginAt: isoOf(BEGIN_MS) };
    const lived = shortNight(observatory, 180);
    expect(lived.endMs - BEGIN_MS).toBeGreaterThan(36_000_000);
    const bytes = nightTelemetry({ observatory, weather, night, ...lived })
      .flatMap(({ columns }) => columns)
      .reduce((sum, { values }) => sum + (Array.isArray(values) ? values.join('').length : values.byteLength), 0);
    expect(bytes).toBeGreaterThan(1e6);
    expect(bytes).toBeLessThan(1e7);
  });

  it('has a table for each subsystem, sampled while the power is on', () => {
    expect(Object.keys(tables)).toEqual(
      expect.arrayContaining(['MOUNT', 'DOME', 'FILTER', 'SHUTTER', 'SHUTTER_EDGES', 'DETECTOR', 'WEATHER']),
    );
    for (const table of Object.values(tables).filter(({ name }) => name !== 'SHUTTER_EDGES' && name !== 'GUIDER')) {
      const times = timesOf(table);
      const expected = (endMs - BEGIN_MS) / 1000 / table.intervalS;
      expect(Math.abs(times.length - expected), table.name).toBeLessThanOrEqual(1);
      expect(times[0]).toBeGreaterThanOrEqual(BEGIN_MS - 0.01);
      expect(times.at(-1)).toBeLessThanOrEqual(endMs + 0.01);
      for (const { values } of table.columns) expect(values.length).toBe(times.length);
    }
  });

  it('shows the mount where the sky turned it to, to a tenth of an arcsecond and its own shaking', () => {
    const still = written({}, {}, { without: ['trackingError'] });
    const table = still.tables.MOUNT;
    const [times, altitudes, azimuths, states] = [
      timesOf(table),
      ...['altitude', 'azimuth', 'state'].map((name) => column(table, name)),
    ];
    const last = still.events.findLast(({ kind }) => kind === 'slew');
    let compared = 0;
    for (let row = 0; row < times.length; row += 7) {
      if (states[row] !== 3) continue;
      const { raDeg, decDeg } = times[row] < Date.parse(last!.beginAt) ? M31 : M33;
      const sky = skyAt(times[row], observatory.site).horizontal(raDeg, decDeg);
      expect(Math.abs(altitudes[row] - sky.altitudeRefractedDeg) * 3600).toBeLessThan(0.15);
      const turn = azimuths[row] - sky.azimuthDeg;
      expect(
        Math.abs(turn - 360 * Math.round(turn / 360)) * Math.cos((sky.altitudeRefractedDeg * Math.PI) / 180) * 3600,
      ).toBeLessThan(0.15);
      compared++;
    }
    expect(compared).toBeGreaterThan(100);
  });

  it('shows the periodic error of a drive that no guider corrects, and none that one does', () => {
    const amplitudeArcsec = 20;
    const periodS = 240;
    const tracking = {
      rate: 'sidereal' as const,
      periodic: { amplitudeArcsec, periodS },
      jitterRmsArcsec: 0,
      windShakeArcsec: 0,
    };
    const mountWith = (more: object) => ({
      mount: { ...smallObservatory().mount, tracking: { ...tracking, ...more } },
    });
    const off = written({}, {}, { without: ['trackingError'] });
    const errors = (night: typeof off) =>
      column(night.tables.MOUNT, 'longitude')
        .map((longitude, row) => (longitude - column0[row]) * 3600)
        .filter((_, row) => followed[row]);
    const column0 = column(off.tables.MOUNT, 'longitude');
    const followed = column(off.tables.MOUNT, 'state').map((state) => state === 3);
    const free = errors(written({}, {}, mountWith({})));
    // A sine of that amplitude, and back where it was after a period: 240 samples, but for the sidereal rate and refraction.
    expect(Math.max(...free)).toBeCloseTo(amplitudeArcsec, 1);
    expect(Math.min(...free)).toBeCloseTo(-amplitudeArcsec, 1);
    expect(Math.abs(free[100 + periodS] - free[100])).toBeLessThan(1);
    expect(Math.abs(free[100 + periodS / 2] + free[100])).toBeLessThan(1);
    for (const error of errors(written({}, {}, mountWith({ guider: { rmsArcsec: 0.5 } }))))
      expect(error).toBeCloseTo(0, 6);
  });

  it('shows the mount parked, slewing within its limits, settling and following, without jumps but where the twin jumps', () => {
    const table = tables.MOUNT;
    const states = column(table, 'state');
    const { park, longitudeAxis, latitudeAxis, settleS } = observatory.mount;
    expect(states[0]).toBe(0);
    expect(column(table, 'altitude')[0]).toBeCloseTo(park.altitudeDeg, 4);
    expect(column(table, 'altitude').at(-1)).toBeCloseTo(park.altitudeDeg, 1);
    expect(new Set(states)).toEqual(new Set([0, 1, 2, 3]));
    const settling = states.filter((state) => state === 2).length;
    // Two slews from the park position wait for the dome, which takes a minute to open, and settle meanwhile.
    expect(settling).toBeGreaterThan(settleS);
    const most = (name: string) => Math.max(...column(table, name).map(Math.abs));
    expect(most('longitude_speed')).toBeLessThan(longitudeAxis.speedDegPerS * 1.01);
    expect(most('longitude_speed')).toBeGreaterThan(longitudeAxis.speedDegPerS * 0.5);
    expect(most('latitude_speed')).toBeLessThan(latitudeAxis.speedDegPerS * 1.01);
    const times = timesOf(table);
    const longitudes = column(table, 'longitude');
    const weatherAt = Date.parse(events.find(({ kind }) => kind === 'wait')!.beginAt);
    for (let row = 1; row < times.length; row++) {
      if (times[row - 1] < weatherAt && times[row] >= weatherAt) continue;
      expect(Math.abs(longitudes[row] - longitudes[row - 1])).toBeLessThan(longitudeAxis.speedDegPerS * 1.01);
    }
    // The sky turns an equatorial mount by 15.04 arcsec a second; refraction changes that by less than 1 %.
    const following = column(table, 'longitude_speed').filter((_, row) => states[row] === 3);
    for (const speed of following) expect(speed * 3600).toBeCloseTo(15.04, 0);
  });

  it('shows the dome open as fast as it can, closed in bad weather, and turned to the telescope', () => {
    const [times, open, azimuths] = [timesOf(tables.DOME), column(tables.DOME, 'open'), column(tables.DOME, 'azimuth')];
    const firstMs = Date.parse(slews[0].beginAt);
    for (const [row, utcMs] of times.entries()) {
      const elapsedS = (utcMs - firstMs) / 1000;
      if (elapsedS < 300) expect(open[row]).toBeCloseTo(Math.min(1, Math.max(0, elapsedS / observatory.dome.openS)), 4);
    }
    const wait = events.find(({ kind }) => kind === 'wait');
    const shut = times
      .map((utcMs, row) => ({ utcMs, share: open[row] }))
      .filter(
        ({ utcMs }) =>
          utcMs > Date.parse(wait!.beginAt) + observatory.dome.closeS * 1000 && utcMs < Date.parse(wait!.endAt),
      );
    expect(shut.length).toBeGreaterThan(100);
    for (const { share } of shut) expect(share).toBe(0);
    const at = times.findIndex((utcMs) => utcMs > Date.parse(slews[0].endAt) + 60_000);
    const sky = skyAt(times[at], observatory.site).horizontal(M31.raDeg, M31.decDeg);
    expect(azimuths[at]).toBeCloseTo(sky.azimuthDeg, 3);
  });

  it('shows a German mount flip before the exposure that needs it, and follow on the other side', () => {
    const german: Observatory = {
      ...smallObservatory(),
      mount: { ...smallObservatory().mount, german: { hourAngleLimitDeg: 1, flipS: 10 } },
      without: ['trackingError'],
      telemetry: {},
    };
    const weather = createWeather({ ...german, seed: 5 });
    // M31 passes the meridian of La Palma at about 21:53 UTC of 21 November 2026.
    const startMs = Date.UTC(2026, 10, 21, 21, 40);
    const slew = slewTelescope({ observatory: german, from: parkedTelescope(german), target: M31, utcMs: startMs });
    const flipMs = Date.UTC(2026, 10, 21, 22, 10);
    const flip = meridianFlip({ observatory: german, telescope: slew.telescope, utcMs: flipMs, stayS: 600 });
    expect(flip).toBeDefined();
    const openMs = flipMs + flip!.durationS * 1000;
    const events = [
      {
        kind: 'slew',
        beginAt: isoOf(startMs),
        endAt: isoOf(startMs + slew.durationS * 1000),
        budget: {},
        details: { axisTimesS: slew.axisTimesS, turns: slew.turns, ...M31, pierSide: slew.telescope.pierSide },
      },
      {
        kind: 'exposure',
        exposureId: 'e',
        beginAt: isoOf(flipMs),
        endAt: isoOf(openMs + 604_000),
        budget: {},
        details: {
          durationS: flip!.durationS,
          axisTimesS: flip!.axisTimesS,
          turns: flip!.turns,
          pierSide: flip!.telescope.pierSide,
        },
      },
    ] as unknown as NightEvent[];
    const exposure = {
      exposureId: 'e',
      imageType: 'object',
      header: { ...M31 },
      beginAt: isoOf(openMs),
      endAt: isoOf(openMs + 600_000),
      readyAt: isoOf(openMs + 604_000),
    } as unknown as ExposureRecord;
    const night = { nightId: 'n', seed: 5, faults: {}, beginAt: isoOf(startMs) };
    const [mount] = nightTelemetry({ observatory: german, weather, night, events, exposures: [exposure] });
    const [times, altitudes, latitudes] = [timesOf(mount), column(mount, 'altitude'), column(mount, 'latitude')];
    const followed = column(mount, 'state').map((state) => state === 3);
    // On the other side of the pier the declination axis stands beyond the pole.
    const isBeyond = (row: number) => latitudes[row] > 90;
    const before = isBeyond(followed.indexOf(true));
    for (const [row, utcMs] of times.entries()) {
      if (!followed[row]) continue;
      const sky = skyAt(utcMs, german.site).horizontal(M31.raDeg, M31.decDeg);
      expect(Math.abs(altitudes[row] - sky.altitudeRefractedDeg) * 3600).toBeLessThan(0.15);
      expect(isBeyond(row)).toBe(utcMs < openMs ? before : !before);
    }
    expect(times.some((utcMs, row) => utcMs >= openMs && followed[row])).toBe(true);
  });

  it('shows filter, detector and weather as they were', () => {
    const configure = events.find(({ kind }) => kind === 'configure');
    const [begin, end] = [configure!.beginAt, configure!.endAt].map(Date.parse);
    const positions = column(tables.FILTER, 'position');
    for (const [row, utcMs] of timesOf(tables.FILTER).entries()) {
      expect(positions[row]).toBe(utcMs < begin ? 1 : utcMs < end ? 0 : 3);
    }
    const states = column(tables.DETECTOR, 'state');
    const exposingS = exposures.reduce(
      (sum, { beginAt, endAt }) => sum + (Date.parse(endAt) - Date.parse(beginAt)) / 1000,
      0,
    );
    const sampledS = states.filter((state) => state === 1).length * tables.DETECTOR.intervalS;
    expect(Math.abs(sampledS - exposingS)).toBeLessThan(0.05 * exposingS);
    expect(new Set(states)).toEqual(new Set([0, 1, 2]));
    const table = tables.WEATHER;
    for (const [row, utcMs] of timesOf(table).entries()) {
      const state = weather.at(utcMs);
      expect(column(table, 'temperature_c')[row]).toBeCloseTo(state.temperatureC, 3);
      expect(column(table, 'wind_direction')[row]).toBeCloseTo(state.windFromDeg, 1);
      expect(column(table, 'seeing')[row]).toBeCloseTo(state.seeingZenith500Arcsec, 3);
    }
  });
});

describe('the edges of the shutter', () => {
  const edgesOf = ({ tables, exposures }: ReturnType<typeof written>) => {
    const table = tables.SHUTTER_EDGES;
    const times = timesOf(table);
    const [edges, ids] = ['edge', 'exposure'].map((name) => column(table, name) as unknown as string[]);
    const truth = ids.map((id, row) => {
      const exposure = exposures.find(({ exposureId }) => exposureId === id);
      return Date.parse(edges[row] === 'open' ? exposure!.beginAt : exposure!.endAt);
    });
    return { times, edges, ids, errors: times.map((utcMs, row) => utcMs - truth[row]) };
  };

  it('are those of the exposures that let light in, exact where the clock is', () => {
    const night = written({});
    const { edges, ids, errors } = edgesOf(night);
    expect(ids.length).toBe(2 * 18);
    expect(ids.some((id) => id.includes('_b_'))).toBe(false);
    expect(edges.slice(0, 4)).toEqual(['open', 'close', 'open', 'close']);
    for (const error of errors) expect(Math.abs(error)).toBeLessThan(0.001);
    // The samples agree with the edges.
    const { tables, exposures } = night;
    const open = column(tables.SHUTTER, 'open');
    for (const [row, utcMs] of timesOf(tables.SHUTTER).entries()) {
      const inside = exposures.some(
        ({ imageType, beginAt, endAt }) =>
          imageType === 'object' && utcMs > Date.parse(beginAt) && utcMs < Date.parse(endAt),
      );
      expect(open[row] === 1).toBe(inside);
    }
  });

  it('have the offset and the jitter of their clock, and no other table has', () => {
    const exact = written({});
    const off = written({ shutter: { clockOffsetMs: 250, clockJitterMs: 20 } });
    const { errors } = edgesOf(off);
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    expect(Math.abs(mean - 250)).toBeLessThan((4.5 * 20) / Math.sqrt(errors.length));
    const spread = Math.sqrt(errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / errors.length);
    expect(Math.abs(spread - 20)).toBeLessThan((4.5 * 20) / Math.sqrt(2 * errors.length));
    expect(off.tables.SHUTTER).toMatchObject({ clockOffsetMs: 250, clockJitterMs: 20 });
    for (const name of Object.keys(exact.tables).filter((each) => !each.startsWith('SHUTTER'))) {
      expect(off.tables[name]).toEqual(exact.tables[name]);
    }
  });

  it('are missing while the shutter is stuck, and weather while its station is out of order', () => {
    const faults: Faults = {
      scheduled: [
        { subsystem: 'shutter', afterBeginS: 0, durationS: 1300 },
        { subsystem: 'weatherStation', afterBeginS: 600, durationS: 600 },
      ],
    };
    const { ids } = edgesOf(written({}, faults));
    const all = edgesOf(written({})).ids;
    expect(ids.length).toBeLessThan(all.length);
    expect(ids).toEqual(all.slice(-ids.length));
    const times = timesOf(written({}, faults).tables.WEATHER);
    expect(times.some((utcMs) => utcMs > BEGIN_MS + 600_000 && utcMs < BEGIN_MS + 1_200_000)).toBe(false);
    expect(times.length).toBe(timesOf(written({}).tables.WEATHER).length - 10);
  });
});
