import { DeleteFunctionConcurrencyCommand, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Session } from '../../cli/session.ts';
import type { FunctionName } from '../../core/names.ts';
import { FAULTS, type Rule } from '../faults/rules.ts';

/** A night in which something fails, made to by what its functions get to hear from their services. */
export interface FaultNight {
  /** Names the night. */
  name: string;
  /** Shares of simulated faults: `slew=1`. */
  fault?: string[];
  /** What happens to the requests of the functions. */
  rules?: (session: Session, nightId: string) => Rule[];
  /** What the night is started with, when it is not what the command line makes. */
  input?: (input: Record<string, unknown>) => Record<string, unknown>;
  /** A second start of the same night after the first has ended, with this input. */
  again?: (input: Record<string, unknown>) => Record<string, unknown>;
  /**
   * On the embedded engine nothing happens to it: what the other leaves in spite of the trouble must be what a calm night
   * leaves.
   */
  calmAtHome?: true;
  /** The climate's share of clear sky; all of it by default. */
  clearShare?: number;
  seed?: number;
  /** Every Catch that the night must take, and no other. */
  catches: string[];
  /** Statuses that the request of M31 goes through. Left out where the night is not opened. */
  statuses?: string[];
  /** What the night's record ends as; absent where none is written. */
  ends?: string;
}

const put = (subject: RegExp, fault: Rule['fault'], when: Rule['when'] = { nth: 1 }): Rule => ({
  service: 'dynamodb',
  operation: 'PutItem',
  subject,
  when,
  fault,
});
const denied = FAULTS.dynamodbAccessDenied;

/** The write by which the decision to observe M31 is settled, and the one by which its request is SCHEDULED. */
const DECISION = /^(?=.*"decision#)(?=.*"observe").*\.m31"/s;
const SCHEDULED = /^(?=.*Requests")(?=.*\.m31").*"status":\{"S":"SCHEDULED"\}/s;
/** The read of M31's request by check-conditions: choose-next reads it first. */
const CHECKED = {
  service: 'dynamodb',
  operation: 'GetItem',
  subject: /Requests".*\.m31"/s,
  when: { nth: 2 },
} as const;
const TO_STATUS = (status: string) => new RegExp(`^(?=.*Requests")(?=.*\\.m31").*"status":\\{"S":"${status}"\\}`, 's');
const NIGHT_AS = (status: string) =>
  new RegExp(`^(?=.*"item":\\{"S":"night"\\}).*"history".*"status":\\{"S":"${status}"\\}`, 's');
const EVENT = (step: string) => new RegExp(`"item":\\{"S":"event#[^"]*#${step}`);

const requestOf = (nightId: string) => `${nightId}.m31`;

/** Stops the night, as an operator does. */
const halt = ({ documents, tableName }: Session, nightId: string) => ({
  kind: 'then' as const,
  act: async () => {
    await documents.send(
      new UpdateCommand({
        TableName: tableName('nights'),
        Key: { nightId, item: 'night' },
        UpdateExpression: 'SET haltRequested = :true',
        ExpressionAttributeValues: { ':true': true },
      }),
    );
  },
});

/** Lets no invocation of a function through for a while, as when others have used up the account's concurrency. */
const throttled = ({ lambda, functionName }: Session, name: FunctionName) => ({
  kind: 'then' as const,
  act: async () => {
    const FunctionName = functionName(name);
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
    setTimeout(() => lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName })), THROTTLED_MS);
  },
});
/** Well within what the machine's five repetitions wait for. */
const THROTTLED_MS = 1500;

/** Changes the record of M31's request, as a person may at any time. */
const change = (
  { documents, tableName }: Session,
  nightId: string,
  by: (record: Record<string, unknown>) => Record<string, unknown>,
) => ({
  kind: 'then' as const,
  act: async () => {
    const Key = { requestId: requestOf(nightId) };
    const { Item } = await documents.send(
      new GetCommand({ TableName: tableName('requests'), Key, ConsistentRead: true }),
    );
    const version = Number(Item!.version) + 1;
    await documents.send(new PutCommand({ TableName: tableName('requests'), Item: { ...by(Item!), version } }));
  },
});

const FAILED_NIGHT = ['night.Segment: States.ALL'];
const CHOSEN = ['SCHEDULED', 'EXECUTING'];
/** As often as a request is tried in one night by default. */
const thrice = (...statuses: string[]): string[] => [...statuses, ...statuses, ...statuses];

/**
 * One night for every way in which a step can fail by what happens around it. Not among them: NightEnded, WeatherUnsafe at the
 * check and States.Timeout, which no service can bring about, since time and weather are in the night's input; the tests of the
 * definitions take those.
 */
export const FAULT_NIGHTS: readonly FaultNight[] = [
  { name: 'nothing-fails', catches: [], statuses: [...CHOSEN, 'COMPLETED'], ends: 'COMPLETED' },

  // Subsystems that fail: every attempt of a step, until the programme allows no more.
  {
    name: 'slew-fails',
    fault: ['slew=1'],
    catches: ['observation.SlewTelescope: SlewFailed', 'segment.Observe: States.TaskFailed'],
    statuses: thrice(...CHOSEN, 'FAILED_SLEW'),
    ends: 'COMPLETED',
  },
  {
    name: 'configure-fails',
    fault: ['configure=1'],
    catches: ['observation.ConfigureInstrument: ConfigureFailed', 'segment.Observe: States.TaskFailed'],
    statuses: thrice(...CHOSEN, 'FAILED_CONFIG'),
    ends: 'COMPLETED',
  },
  {
    name: 'expose-fails',
    fault: ['expose=1'],
    catches: ['observation.ExposeFrame: ExposureFailed', 'segment.Observe: States.TaskFailed'],
    statuses: thrice(...CHOSEN, 'FAILED_EXPOSURE'),
    ends: 'COMPLETED',
  },

  // What a person does meanwhile: between the decision and the visit, or in its middle.
  {
    name: 'halt-while-waiting',
    rules: (session, nightId) => [put(/"decision#000001"/, halt(session, nightId))],
    catches: ['segment.ChooseNext: OperatorHalt', ...FAILED_NIGHT],
    statuses: [],
    ends: 'ABORTED',
  },
  {
    name: 'halt-before-visit',
    rules: (session, nightId) => [put(DECISION, halt(session, nightId))],
    catches: [
      'observation.CheckConditions: OperatorHalt',
      'segment.Observe: States.TaskFailed',
      'segment.ChooseAfterFailure: OperatorHalt',
      ...FAILED_NIGHT,
    ],
    statuses: ['SCHEDULED', 'ABORTED'],
    ends: 'ABORTED',
  },
  {
    name: 'halt-after-frame',
    rules: (session, nightId) => [put(/(?=.*\.m31").*"item":\{"S":"event#[^"]*#4-exposure-0/s, halt(session, nightId))],
    catches: [
      'observation.ExposeFrame: OperatorHalt',
      'segment.Observe: States.TaskFailed',
      'segment.ChooseAfterFailure: OperatorHalt',
      ...FAILED_NIGHT,
    ],
    statuses: [...CHOSEN, 'ABORTED'],
    ends: 'ABORTED',
  },
  {
    name: 'target-goes',
    // Nothing stands at airmass 1.0 exactly.
    rules: (session, nightId) => [
      put(
        DECISION,
        change(session, nightId, (record) => ({
          ...record,
          constraints: { ...(record.constraints as object), airmassMax: 1 },
        })),
      ),
    ],
    catches: ['observation.CheckConditions: TargetNotObservable', 'segment.Observe: States.TaskFailed'],
    statuses: ['SCHEDULED', 'FAILED_PRECHECK'],
    ends: 'COMPLETED',
  },
  {
    name: 'cancelled-before-visit',
    rules: (session, nightId) => [
      put(
        SCHEDULED,
        change(session, nightId, (record) => ({ ...record, status: 'CANCELLED' })),
      ),
    ],
    catches: ['observation.CheckConditions: TargetNotObservable', 'segment.Observe: States.TaskFailed'],
    statuses: ['SCHEDULED'],
    ends: 'COMPLETED',
  },
  {
    name: 'cancelled-before-announcement',
    rules: (session, nightId) => [
      { ...CHECKED, fault: change(session, nightId, (record) => ({ ...record, status: 'CANCELLED' })) },
    ],
    catches: ['observation.AnnounceVisit: TransitionNotAllowed', 'segment.Observe: States.TaskFailed'],
    statuses: ['SCHEDULED'],
    ends: 'COMPLETED',
  },

  // What services refuse: a permission that was taken away, once.
  {
    name: 'check-refused',
    rules: () => [{ ...CHECKED, fault: denied }],
    catches: ['observation.CheckConditions: States.ALL', 'segment.Observe: States.TaskFailed'],
    statuses: ['SCHEDULED', 'FAILED_PRECHECK', ...CHOSEN, 'COMPLETED'],
    ends: 'COMPLETED',
  },
  {
    name: 'announcement-refused',
    rules: () => [put(TO_STATUS('EXECUTING'), denied)],
    catches: ['observation.AnnounceVisit: States.ALL', 'segment.Observe: States.TaskFailed'],
    statuses: ['SCHEDULED', 'FAILED_PRECHECK', ...CHOSEN, 'COMPLETED'],
    ends: 'COMPLETED',
  },
  {
    name: 'slew-refused',
    rules: () => [put(EVENT('2-slew'), denied)],
    catches: ['observation.SlewTelescope: States.ALL', 'segment.Observe: States.TaskFailed'],
    statuses: [...CHOSEN, 'FAILED_SLEW', ...CHOSEN, 'COMPLETED'],
    ends: 'COMPLETED',
  },
  {
    name: 'configuration-refused',
    rules: () => [put(EVENT('3-'), denied)],
    catches: ['observation.ConfigureInstrument: States.ALL', 'segment.Observe: States.TaskFailed'],
    statuses: [...CHOSEN, 'FAILED_CONFIG', ...CHOSEN, 'COMPLETED'],
    ends: 'COMPLETED',
  },
  {
    name: 'exposure-refused',
    // Whether M31's first frame is there already.
    rules: () => [
      { service: 'dynamodb', operation: 'GetItem', subject: /Exposures"/, when: { nth: 1 }, fault: denied },
    ],
    catches: ['observation.ExposeFrame: States.ALL', 'segment.Observe: States.TaskFailed'],
    statuses: [...CHOSEN, 'FAILED_EXPOSURE', ...CHOSEN, 'COMPLETED'],
    ends: 'COMPLETED',
  },
  {
    name: 'record-refused',
    // That of M31's first frame, whose file is stored already.
    rules: () => [put(/^(?=.*Exposures").*"exposureId":\{"S":"[a-z0-9]+_o_/s, denied)],
    catches: ['observation.ExposeFrame: States.ALL', 'segment.Observe: States.TaskFailed'],
    statuses: [...CHOSEN, 'FAILED_EXPOSURE', ...CHOSEN, 'COMPLETED'],
    ends: 'COMPLETED',
  },
  {
    name: 'frame-refused',
    rules: () => [
      { service: 's3', operation: 'PutObject', subject: /_r\.fits$/, when: { nth: 2 }, fault: FAULTS.s3AccessDenied },
    ],
    catches: [
      'observation.ExposeFrame: SaveFailed',
      'segment.Observe: States.TaskFailed',
      'segment.ChooseAfterFailure: States.ALL',
      ...FAILED_NIGHT,
    ],
    statuses: [...CHOSEN, 'FAILED_SAVE'],
    ends: 'FAILED',
  },
  {
    name: 'status-refused',
    rules: () => [put(TO_STATUS('COMPLETED'), denied)],
    catches: [
      'observation.FinishObservation: States.ALL',
      'segment.Observe: States.TaskFailed',
      'segment.ChooseAfterFailure: States.ALL',
      ...FAILED_NIGHT,
    ],
    // close-night counts the frames that stand.
    statuses: [...CHOSEN, 'COMPLETED'],
    ends: 'FAILED',
  },
  {
    name: 'failure-refused',
    fault: ['slew=1'],
    rules: () => [put(TO_STATUS('FAILED_SLEW'), denied)],
    catches: [
      'observation.SlewTelescope: SlewFailed',
      'observation.WriteFailure: States.ALL',
      'segment.Observe: States.TaskFailed',
      'segment.ChooseAfterFailure: States.ALL',
      ...FAILED_NIGHT,
    ],
    statuses: [...CHOSEN, 'ABORTED'],
    ends: 'FAILED',
  },
  {
    name: 'decision-refused',
    rules: () => [put(/"decision#000001"/, denied)],
    catches: ['segment.ChooseNext: States.ALL', ...FAILED_NIGHT],
    statuses: [],
    ends: 'FAILED',
  },

  // The night as a whole.
  {
    name: 'opening-refused',
    rules: () => [put(EVENT('0-open'), denied)],
    catches: ['night.OpenNight: States.ALL'],
    statuses: [],
    ends: 'FAILED',
  },
  {
    name: 'bad-input',
    input: (input) => ({ ...input, seed: -1 }),
    catches: ['night.OpenNight: InvalidNight, NightConflict'],
  },
  {
    name: 'other-input',
    again: (input) => ({ ...input, seed: 2 }),
    catches: ['night.OpenNight: InvalidNight, NightConflict'],
    statuses: [...CHOSEN, 'COMPLETED'],
    ends: 'COMPLETED',
  },
  {
    name: 'closing-refused',
    rules: () => [put(NIGHT_AS('COMPLETED'), denied)],
    catches: ['night.CloseNight: States.ALL'],
    statuses: [...CHOSEN, 'COMPLETED'],
    ends: 'RUNNING',
  },
  {
    name: 'closing-refused-after-failure',
    rules: () => [put(/"decision#000001"/, denied), put(NIGHT_AS('FAILED'), denied)],
    catches: ['segment.ChooseNext: States.ALL', ...FAILED_NIGHT, 'night.CloseFailedNight: States.ALL'],
    statuses: [],
    ends: 'RUNNING',
  },
  {
    name: 'report-refused',
    rules: () => [
      { service: 's3', operation: 'PutObject', subject: /report\.md$/, when: { nth: 1 }, fault: FAULTS.s3AccessDenied },
    ],
    catches: ['night.ReportNight: States.ALL'],
    statuses: [...CHOSEN, 'COMPLETED'],
    ends: 'COMPLETED',
  },
  {
    name: 'report-refused-after-failure',
    rules: () => [
      put(/"decision#000001"/, denied),
      {
        service: 's3',
        operation: 'PutObject',
        subject: /report\.json$/,
        when: { nth: 1 },
        fault: FAULTS.s3AccessDenied,
      },
    ],
    catches: ['segment.ChooseNext: States.ALL', ...FAILED_NIGHT, 'night.ReportFailedNight: States.ALL'],
    statuses: [],
    ends: 'FAILED',
  },

  // Trouble that passes: what the clients repeat, what the machines repeat after them, and what outlasts both.
  {
    name: 'passing-trouble',
    calmAtHome: true,
    rules: () => [
      { service: 's3', operation: 'PutObject', subject: /^raw\//, when: { first: 2 }, fault: FAULTS.s3SlowDown },
      { service: 's3', operation: 'GetObject', when: { nth: 3 }, fault: FAULTS.s3InternalError },
      put(/Exposures"/, FAULTS.dynamodbThrottled, { first: 2 }),
      put(/Nights"/, FAULTS.dynamodbInternalError, { share: 0.05, seed: 1 }),
      { service: 'dynamodb', operation: 'GetItem', when: { share: 0.05, seed: 2 }, fault: FAULTS.reset },
    ],
    catches: [],
    statuses: [...CHOSEN, 'COMPLETED'],
    ends: 'COMPLETED',
  },
  {
    name: 'function-throttled',
    calmAtHome: true,
    rules: (session) => [put(/\.m31"/, throttled(session, 'slew-telescope'))],
    catches: [],
    statuses: [...CHOSEN, 'COMPLETED'],
    ends: 'COMPLETED',
  },
  {
    name: 'long-trouble',
    calmAtHome: true,
    rules: () => [
      {
        service: 's3',
        operation: 'PutObject',
        subject: /_r\.fits$/,
        when: { first: 7 },
        fault: FAULTS.s3InternalError,
      },
      put(TO_STATUS('EXECUTING'), FAULTS.dynamodbInternalError, { first: 6 }),
    ],
    catches: [],
    statuses: [...CHOSEN, 'COMPLETED'],
    ends: 'COMPLETED',
  },
  {
    name: 'trouble-without-end',
    // Five attempts of the client in each of six of the machine.
    rules: () => [put(EVENT('2-slew'), FAULTS.dynamodbInternalError, { first: 30 })],
    catches: ['observation.SlewTelescope: States.ALL', 'segment.Observe: States.TaskFailed'],
    statuses: [...CHOSEN, 'FAILED_SLEW', ...CHOSEN, 'COMPLETED'],
    ends: 'COMPLETED',
  },
];
