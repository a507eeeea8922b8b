import type { CalibrationSet, Certificate, Grade, MasterRecord } from '../../../core/records/calibration.ts';
import { taiOf } from '../../../core/time.ts';

/** TAI of a day of November 2026 and an hour of it, which may be beyond 24. */
export const tai = (day: number, hour = 0): string => taiOf(Date.UTC(2026, 10, day) + hour * 3_600_000);

const SET: CalibrationSet = { type: 'bias', count: 5, minimum: 5, configuration: { binning: 1, setTemperatureC: -60 } };

/** A master as a sidecar has it: biases of a cooled camera, but for what is said. */
export function masterOf(
  masterId: string,
  {
    grade = 'GOOD',
    set = {},
    ...more
  }: Partial<Omit<MasterRecord, 'set'>> & { grade?: Grade; set?: Partial<CalibrationSet> } = {},
): MasterRecord {
  return {
    masterId,
    calibrationKey: 'noc1.bias.b1.t-60',
    instrument: 'noc1',
    isScalable: false,
    temperatureC: -60,
    dayObs: 20261121,
    observatoryId: 'la-palma',
    takenFrom: tai(21, 16),
    takenTo: tai(21, 16.2),
    frames: ['noc1_b_20261121_000001', 'noc1_b_20261121_000002'],
    rejected: [],
    quality: { grade, metrics: [], reasons: grade === 'GOOD' ? [] : ['noise is high'] },
    file: { bucket: 'nocturne', key: `calibrations/20261121/${masterId}.fits` },
    sha256: '0'.repeat(64),
    sizeBytes: 2880,
    softwareVersion: '0.1.0',
    ...more,
    set: { ...SET, ...set },
  };
}

/** A certificate of a master. */
export function certificateOf(master: MasterRecord, validFrom: string, validTo: string): Certificate {
  const { calibrationKey, masterId: id, nightId } = master;
  return { calibrationKey, validFrom, validTo, id, ...(nightId !== undefined && { nightId }), master };
}
