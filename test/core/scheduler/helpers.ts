import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { observatory as observatorySchema } from '../../../core/records/observatory.ts';
import { constraints as constraintsSchema } from '../../../core/records/programme.ts';
import type { RequestRecord } from '../../../core/records/visit.ts';
import type { ChoiceInput } from '../../../core/scheduler/choose.ts';
import type { Circumstances } from '../../../core/scheduler/outlook.ts';

export const readJson = (path: string) =>
  JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));

export const laPalma = observatorySchema.parse(readJson('observatories/la-palma.json'));

export const M31 = { name: 'M31', raDeg: 10.6847083, decDeg: 41.26875 };
export const EVENING_MS = Date.UTC(2026, 10, 21, 20, 30);
/** 18 s after the sunrise of the almanac; near enough for these tests. */
export const NIGHT_END_MS = Date.UTC(2026, 10, 22, 7, 40);

/** A request for one frame of 60 s of M31 with constraints that hold at EVENING_MS. */
export function request(change: Partial<RequestRecord> = {}, limits: Record<string, unknown> = {}): RequestRecord {
  return {
    requestId: 'c.m31',
    campaign: 'c',
    programmeId: 'p',
    programmeName: 'p',
    observer: 'nocturne',
    target: M31,
    exposures: frames(1),
    priority: 5,
    constraints: constraintsSchema.parse(limits),
    reason: 'science',
    completeAtShare: 0.9,
    done: {},
    status: 'QUEUED',
    history: [],
    version: 0,
    ...change,
  };
}

export const frames = (count: number, filter = 'g', exposureTimeS = 60): RequestRecord['exposures'] =>
  Array.from({ length: count }, () => ({ filter, exposureTimeS, offsetEastArcsec: 0, offsetNorthArcsec: 0 }));

/** A dark evening with a slew of 30 s and filter g in place. */
export const circumstances = (change: Partial<Circumstances> = {}): Circumstances => ({
  utcMs: EVENING_MS,
  nightEndMs: NIGHT_END_MS,
  observatory: laPalma,
  telescope: { filter: 'g' },
  conditions: { moonIllumination: 0.9, seeingZenith500Arcsec: 1 },
  slewTimeS: () => 30,
  ...change,
});

export const choice = (requests: RequestRecord[], change: Partial<ChoiceInput> = {}): ChoiceInput => ({
  ...circumstances(),
  requests,
  attempts: {},
  policy: { onFailure: 'retry', attemptsMax: 3 },
  ...change,
});

/** Numbers in steps of 0.001: doubles would be shrunk for minutes when a property fails. */
export const thousandths = (min: number, max: number) =>
  fc.integer({ min: Math.round(min * 1000), max: Math.round(max * 1000) }).map((count) => count / 1000);
