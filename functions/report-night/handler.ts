import * as z from 'zod';
import { RecordMissing } from '../../core/errors.ts';
import { reportNight } from '../../core/night/report.ts';
import { reportText } from '../../core/night/report-text.ts';
import { requestIds } from '../../core/night/requests.ts';
import { nightKey } from '../../core/records/ids.ts';
import type { Pointer } from '../../core/records/primitives.ts';
import { conditionsAt } from '../../core/twin/conditions.ts';
import { telemetryFile } from '../../core/visits/telemetry.ts';
import { getCalibrationRequests } from '../shared/calibration-requests.ts';
import { loadObservatory, loadProgramme, weatherOf } from '../shared/night.ts';
import { putJson, putObject } from '../shared/objects.ts';
import { nightIdOf } from '../shared/start.ts';
import { step } from '../shared/step.ts';
import { getExposures, getNight, getRequests, listEvents, listMasters, listReduced } from '../shared/tables.ts';

const input = z.strictObject({ input: z.unknown(), executionArn: z.string() });

interface Output {
  report: Pointer;
  text: Pointer;
  /** Absent where the subsystems of the observatory write nothing. */
  telemetry?: Pointer;
}

/** Writes what was done and not done in a night, for machines and for people, and its telemetry, from the records alone. */
export const handler = step('report-night', input, async ({ input }): Promise<Output> => {
  const nightId = await nightIdOf(input);
  if (!nightId) throw new RecordMissing('the input names no night that was opened; there is nothing to report');
  const record = await getNight(nightId);
  const [observatory, programme] = await Promise.all([loadObservatory(record.input), loadProgramme(record.input)]);
  const [events, requests] = await Promise.all([
    listEvents(nightId),
    getRequests(requestIds(programme, record.input.campaign)),
  ]);
  // By key, as the events name them: an index may not have the last ones yet.
  const exposures = await getExposures(events.flatMap(({ exposureId }) => exposureId ?? []));
  const setIds = new Set(events.flatMap(({ requestId, details }) => (details?.set && requestId ? [requestId] : [])));
  const [sets, masters, reduced] = await Promise.all([
    getCalibrationRequests([...setIds]),
    listMasters(nightId),
    listReduced(nightId),
  ]);
  const weather = weatherOf(record.input, observatory);
  const report = reportNight({
    record,
    observatory,
    conditionsAt: (utcMs) => conditionsAt({ observatory, weather, utcMs }),
    events,
    requests,
    exposures,
    sets,
    masters,
    reduced,
  });
  const { bucket } = record.input.observatory;
  const output: Output = {
    report: { bucket, key: nightKey(nightId, 'report.json') },
    text: { bucket, key: nightKey(nightId, 'report.md') },
  };
  await putJson(output.report, report);
  await putObject(output.text, reportText(report), 'text/markdown');
  const telemetry = telemetryFile({ observatory, weather, night: record.context, events, exposures });
  if (!telemetry) return output;
  const pointer = { bucket, key: nightKey(nightId, 'telemetry.fits') };
  await putObject(pointer, telemetry, 'application/fits');
  return { ...output, telemetry: pointer };
});
