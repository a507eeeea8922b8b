import { calibrationFaults } from '../../core/night/intake.ts';
import { calibrationRequestsOf } from '../../core/night/requests.ts';
import type { CalibrationRequest } from '../../core/records/calibration.ts';
import { requestIdOf } from '../../core/records/ids.ts';
import { observatory as observatorySchema } from '../../core/records/observatory.ts';
import { id as idSchema, parseAll } from '../../core/records/primitives.ts';
import { programmeCalibration } from '../../core/records/programme.ts';
import {
  calibrationProgrammeOf,
  createCalibrationRequest,
  getCalibrationRequests,
} from '../../functions/shared/calibration-requests.ts';
import { EXIT, InputRefused } from '../errors.ts';
import { readNamed, readNumber } from '../input.ts';
import { type EngineOptions, withSession } from '../session.ts';

/** Options of `nocturne calibrations request`, as the person wrote them. */
export interface RequestOptions extends EngineOptions {
  campaign?: string;
  id?: string;
  observatory: string;
  type: string;
  target?: string;
  filter?: string;
  exposure?: string;
  level?: string;
  binning?: string;
  count: string;
  minimum?: string;
  time?: string;
  days?: string;
  priority?: string;
  reason?: string;
  json?: boolean;
}

/** Options by the property that each gives. */
const OPTION_OF: Record<string, string> = {
  exposureTimeS: 'exposure',
  levelAdu: 'level',
  when: 'time',
  validDays: 'days',
};

/**
 * Asks for a calibration set in the name of a person: the next night of the campaign takes it. Throws InputRefused with every fault
 * at once, and when there is a request of that id.
 */
export async function requestCalibration(options: RequestOptions): Promise<number> {
  const request = prepareRequest(options);
  const { requestId } = request;
  await withSession(options, async ({ documents, tableName }) => {
    const table = { documents, name: tableName('requests') };
    if (await createCalibrationRequest(request, table)) return;
    const [standing] = await getCalibrationRequests([requestId], table);
    // The same one again is what a second try writes.
    if (standing?.status === 'QUEUED' && JSON.stringify(standing.set) === JSON.stringify(request.set)) return;
    throw new InputRefused([
      `option --id: there is a request ${requestId} already, which is ${standing?.status}; choose another id`,
    ]);
  });
  if (options.json) process.stdout.write(`${JSON.stringify({ ...request, type: 'calibrationRequest' })}\n`);
  else {
    const { set, when, calibrationKey, campaign } = request;
    process.stdout.write(
      `${requestId} is QUEUED: ${set.count} frames for ${calibrationKey}, ${when}; a night with --campaign ${campaign} takes them\n`,
    );
  }
  return EXIT.done;
}

function prepareRequest(options: RequestOptions): CalibrationRequest {
  const faults: string[] = [];
  const parsed = parseAll(
    observatorySchema,
    readNamed('observatory', 'observatories', options.observatory, faults) ?? {},
    'observatory',
  );
  if (faults.length === 0) faults.push(...parsed.faults);
  const campaign = parseAll(idSchema, options.campaign, 'option --campaign');
  faults.push(...campaign.faults.map((fault) => fault.replace(' the whole file:', '')));
  const { type, target, filter, time: when } = options;
  const numberOf = (option: 'exposure' | 'level' | 'binning' | 'count' | 'minimum' | 'days' | 'priority') => {
    const text = options[option];
    const limits = { min: 0, max: 1e6, whole: !['exposure', 'level', 'days'].includes(option) };
    return text === undefined ? undefined : readNumber(option, text, limits, faults);
  };
  const given = {
    type,
    target,
    filter,
    exposureTimeS: numberOf('exposure'),
    levelAdu: numberOf('level'),
    binning: numberOf('binning'),
    count: numberOf('count'),
    minimum: numberOf('minimum'),
    when,
    validDays: numberOf('days'),
    priority: numberOf('priority'),
  };
  const asked = parseAll(
    programmeCalibration,
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    'option',
  );
  const told = faults.length;
  faults.push(
    ...asked.faults
      .map((fault) => fault.replace(/^option: (\w+)/, (_all, name: string) => `option --${OPTION_OF[name] ?? name}`))
      // A number that is none was told already.
      .filter((fault) => !faults.slice(0, told).some((known) => known.split(':')[0] === fault.split(':')[0])),
  );
  if (parsed.value && asked.value) {
    const against = calibrationFaults(parsed.value, { calibrations: [asked.value] });
    faults.push(
      ...against.map((fault) =>
        fault.replace(
          /^programme: calibrations\[0\]\.(\w+)/,
          (_all, name: string) => `option --${OPTION_OF[name] ?? name}`,
        ),
      ),
    );
  }
  if (faults.length > 0 || !parsed.value || !asked.value || campaign.value === undefined)
    throw new InputRefused(faults);
  const programmeId = calibrationProgrammeOf(campaign.value);
  const [request] = calibrationRequestsOf(
    { id: programmeId, calibrations: [asked.value] },
    parsed.value,
    campaign.value,
  );
  const ownId = options.id ?? `${request.when}.${request.calibrationKey.replace(`${parsed.value.camera.id}.`, '')}`;
  const checked = parseAll(idSchema, ownId, 'option --id');
  if (checked.value === undefined)
    throw new InputRefused(checked.faults.map((fault) => fault.replace(' the whole file:', '')));
  return {
    ...request,
    requestId: requestIdOf(campaign.value, ownId),
    programmeId,
    origin: 'person',
    reason: options.reason ?? 'asked for by a person',
  };
}
