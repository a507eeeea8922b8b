import { RecordMissing } from '../../core/errors.ts';
import { certificateEdges } from '../../core/provenance/edges.ts';
import { taiOf, utcMsOf, utcMsOfTai } from '../../core/time.ts';
import { MS_PER_DAY } from '../../core/units.ts';
import { getCalibrationRequest } from '../shared/calibration-requests.ts';
import { type CalibrationState, calibrationState } from '../shared/calibration-set.ts';
import { certifyMaster } from '../shared/calibrations.ts';
import { step } from '../shared/step.ts';
import { findMaster, putEdges } from '../shared/tables.ts';

/**
 * Certifies a master from its first frame on, for as long as its request says; the one that was valid then ends there. A set that was
 * taken after the night's last visit serves that night: its master is valid from the night's beginning. Throws ValidityConflict.
 */
export const handler = step('certify-master', calibrationState, async (state): Promise<CalibrationState> => {
  const { night, calibration, now } = state;
  const { masterId = '', requestId, when } = calibration;
  const [record, request] = await Promise.all([findMaster(night.nightId, masterId), getCalibrationRequest(requestId)]);
  if (!record) throw new RecordMissing(`night ${night.nightId} has no master ${masterId}; build-master writes it`);
  const servesNight = when === 'nightEnd' || when === 'morning';
  const validFrom = servesNight ? taiOf(utcMsOf(night.beginAt)) : record.takenFrom;
  const validTo = taiOf(utcMsOfTai(record.takenFrom) + request.validDays * MS_PER_DAY);
  const done = { at: now, by: night.nightId, cause: `built and judged ${record.quality.grade}` };
  const { certificates } = await certifyMaster(record, { validFrom, validTo, ...done });
  await putEdges(certificates.flatMap((certificate) => certificateEdges(certificate, done)));
  return state;
});
