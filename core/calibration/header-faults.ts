import type { CalibrationPolicy } from '../records/observatory/calibration-policy.ts';
import type { Expected } from './frames.ts';
import type { RawFrameInfo } from './gauge.ts';
import { shortNumber } from './limits.ts';

/** Exposure times that differ by less than this share are the same. */
const SAME_TIME = 0.001;
const SAME_TEMPERATURE_C = 0.05;
const MASTER_NAME = /_m[bdf]_/;

/** What is wrong in the header of a frame of a set; every fault, in words. */
export function headerFaults(about: RawFrameInfo, expected: Expected, policy: CalibrationPolicy): string[] {
  if (isMaster(about)) return [`a master (${about.imageType}); masters are made from raw frames only`];
  return [...impossible(about), ...otherKind(about, expected), ...temperatureFaults(about, expected, policy)];
}

function isMaster({ imageType, exposureId }: RawFrameInfo): boolean {
  return /master/i.test(imageType) || MASTER_NAME.test(exposureId);
}

function impossible(about: RawFrameInfo): string[] {
  const faults: string[] = [];
  const { imageType, exposureTimeS, darkTimeS, beginMs, endMs } = about;
  if (!(exposureTimeS >= 0)) faults.push(`wrong header: EXPTIME is ${exposureTimeS} s; must be 0 or more`);
  if (!(darkTimeS >= exposureTimeS * (1 - SAME_TIME))) {
    faults.push(`wrong header: DARKTIME of ${darkTimeS} s is shorter than EXPTIME of ${exposureTimeS} s`);
  }
  if (!(endMs >= beginMs)) faults.push('wrong header: the exposure ends before it begins');
  if (imageType === 'bias' && exposureTimeS > 0) {
    faults.push(`wrong header: a bias with an EXPTIME of ${exposureTimeS} s; must be 0`);
  }
  if ((imageType === 'dark' || imageType === 'flat') && exposureTimeS === 0) {
    faults.push(`wrong header: a ${imageType} with an EXPTIME of 0 s`);
  }
  for (const { name, gainEPerAdu, readNoiseE } of about.amplifiers) {
    if (!(gainEPerAdu > 0)) faults.push(`wrong header: GAIN of amplifier ${name} is ${gainEPerAdu}; must be above 0`);
    if (!(readNoiseE >= 0))
      faults.push(`wrong header: RDNOISE of amplifier ${name} is ${readNoiseE}; must be 0 or more`);
  }
  return faults;
}

function otherKind(about: RawFrameInfo, { set, instrument }: Expected): string[] {
  const faults: string[] = [];
  const differs = (what: string, got: string | number | undefined, wanted: string | number) => {
    if (got !== wanted) faults.push(`other ${what}: ${got ?? 'none'}; the set is of ${wanted}`);
  };
  differs('type', about.imageType, set.type);
  differs('instrument', about.instrument, instrument);
  differs('binning', about.binning, set.configuration.binning);
  if (set.filter !== undefined) differs('filter', about.filter, set.filter);
  const { exposureTimeS } = set;
  if (exposureTimeS !== undefined && Math.abs(about.exposureTimeS - exposureTimeS) > SAME_TIME * exposureTimeS) {
    faults.push(`other exposure time: ${about.exposureTimeS} s; the set is of ${exposureTimeS} s`);
  }
  if (set.type === 'flat' && set.target !== undefined && about.domeOpen === (set.target === 'dome')) {
    faults.push(`other target: the dome was ${about.domeOpen ? 'open' : 'closed'}; the set is of ${set.target} flats`);
  }
  return faults;
}

function temperatureFaults(about: RawFrameInfo, { set }: Expected, policy: CalibrationPolicy): string[] {
  const faults: string[] = [];
  const { temperatureC, setTemperatureC } = about;
  const wantedC = set.configuration.setTemperatureC;
  if (wantedC !== undefined && !(Math.abs((setTemperatureC ?? Number.NaN) - wantedC) <= SAME_TEMPERATURE_C)) {
    faults.push(`other temperature: set to ${setTemperatureC ?? 'none'} C; the set is of ${wantedC} C`);
  }
  const { temperatureToleranceC } = policy.darkScaling;
  if (temperatureC !== undefined && setTemperatureC !== undefined) {
    const offsetC = temperatureC - setTemperatureC;
    if (!(Math.abs(offsetC) < temperatureToleranceC)) {
      const state = offsetC > 0 ? 'warm detector' : 'cold detector';
      faults.push(
        `${state}: ${shortNumber(temperatureC)} C, set to ${setTemperatureC} C; must be within ${temperatureToleranceC} C`,
      );
    }
  }
  return faults;
}
