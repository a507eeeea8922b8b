/** Names that the stacks, the functions and the clients must agree on. */

export const TABLES = {
  requests: 'Requests',
  nights: 'Nights',
  exposures: 'Exposures',
  calibrations: 'Calibrations',
  provenance: 'Provenance',
} as const;

/** Secondary indexes, each named after what it looks things up by. */
export const INDEXES = {
  requestsByProgramme: 'byProgramme',
  nightsBySite: 'bySite',
  exposuresByNight: 'byNight',
  exposuresByTarget: 'byTarget',
  exposuresByRequest: 'byRequest',
  calibrationsById: 'byId',
  calibrationsByNight: 'byNight',
  provenanceReverse: 'byObject',
} as const;

interface Keys {
  partition: string;
  sort?: string;
}

/** Keys and indexes of every table: strings all, but for the number of an exposure in its day. */
export const TABLE_KEYS: Record<keyof typeof TABLES, Keys & { indexes: Record<string, Keys> }> = {
  requests: {
    partition: 'requestId',
    indexes: { [INDEXES.requestsByProgramme]: { partition: 'programmeId', sort: 'status' } },
  },
  nights: { partition: 'nightId', sort: 'item', indexes: { [INDEXES.nightsBySite]: { partition: 'siteDay' } } },
  exposures: {
    partition: 'exposureId',
    indexes: {
      [INDEXES.exposuresByNight]: { partition: 'nightId', sort: 'seqNum' },
      [INDEXES.exposuresByTarget]: { partition: 'targetName', sort: 'beginAt' },
      [INDEXES.exposuresByRequest]: { partition: 'requestId', sort: 'beginAt' },
    },
  },
  calibrations: {
    partition: 'calibrationKey',
    sort: 'validFrom',
    indexes: {
      [INDEXES.calibrationsById]: { partition: 'id', sort: 'validFrom' },
      [INDEXES.calibrationsByNight]: { partition: 'nightId', sort: 'id' },
    },
  },
  provenance: {
    partition: 'subject',
    sort: 'relationObject',
    indexes: { [INDEXES.provenanceReverse]: { partition: 'object', sort: 'subject' } },
  },
};
export const NUMBER_KEYS: readonly string[] = ['seqNum'];

/** State machines: the file is `statemachines/<name>.asl.json`. */
export const MACHINES = ['observation', 'segment', 'calibration', 'reduction-block', 'reduction', 'night'] as const;
export type MachineName = (typeof MACHINES)[number];

/** Functions: the handler is `functions/<name>/handler.ts`. Memory and time limits are what the deployed function gets. */
export const FUNCTIONS = {
  'open-night': { memoryMb: 512, timeoutS: 60 },
  'choose-next': { memoryMb: 512, timeoutS: 60 },
  'check-conditions': { memoryMb: 256, timeoutS: 30 },
  'announce-visit': { memoryMb: 256, timeoutS: 30 },
  'slew-telescope': { memoryMb: 256, timeoutS: 30 },
  'configure-instrument': { memoryMb: 256, timeoutS: 30 },
  'expose-frame': { memoryMb: 1769, timeoutS: 90 },
  'finish-observation': { memoryMb: 256, timeoutS: 30 },
  'plan-calibrations': { memoryMb: 512, timeoutS: 60 },
  'prepare-calibration': { memoryMb: 512, timeoutS: 60 },
  'take-calibration': { memoryMb: 1769, timeoutS: 90 },
  'build-master': { memoryMb: 3008, timeoutS: 300 },
  'certify-master': { memoryMb: 256, timeoutS: 30 },
  'finish-calibration': { memoryMb: 256, timeoutS: 30 },
  'plan-reduction': { memoryMb: 512, timeoutS: 60 },
  'reduce-frame': { memoryMb: 3008, timeoutS: 300 },
  'finish-block': { memoryMb: 256, timeoutS: 30 },
  'report-calibration': { memoryMb: 1769, timeoutS: 120 },
  'report-night': { memoryMb: 512, timeoutS: 60 },
  'close-night': { memoryMb: 256, timeoutS: 30 },
} as const;
export type FunctionName = keyof typeof FUNCTIONS;

/** Environment variables of the functions: where their deployment keeps things, and which version of the software it is. */
export const ENVIRONMENT = {
  bucket: 'NOCTURNE_BUCKET',
  /** In front of every name of the deployment; absent or empty on the embedded engine, whose folder is its own world. */
  prefix: 'NOCTURNE_PREFIX',
  bus: 'NOCTURNE_BUS',
  version: 'NOCTURNE_VERSION',
} as const;

/** Bucket of the embedded engine. Bucket names are everybody's, so a deployed one carries account and region: `bucketName`. */
export const EMBEDDED_BUCKET = 'nocturne';

/** What stands in front of every name of a deployed stage: `nocturne-` gives the machine `nocturne-night`. */
export const stagePrefix = (stage: string): string => `${stage}-`;

/** Bucket of a deployed stage: `nocturne-123456789012-eu-west-1`. */
export const bucketName = (stage: string, account: string, region: string): string => `${stage}-${account}-${region}`;

/** Event bus on which the observatory tells of its nights. */
export const BUS = 'observatory';
/** Source of every event on the bus. */
export const EVENT_SOURCE = 'nocturne';
/** Kinds of events on the bus: `detail-type`. */
export const EVENT_TYPES = { nightOpened: 'Night Opened', nightClosed: 'Night Closed' } as const;

/** Rule on the default bus that starts nights: `schedule-la-palma`, behind the prefix. */
export const scheduleRuleName = (prefix: string, schedule: string): string => `${prefix}schedule-${schedule}`;
/** Alias of the night machine that rules start, where a stage has versions. */
export const LIVE_ALIAS = 'live';
/** Role by which a rule starts nights, behind the prefix. */
export const START_NIGHT_ROLE = 'start-night';

/** The placeholder in a definition that stands for the ARN of a function or machine: `open-night` is `OpenNightFunctionArn`. */
export function substitutionName(name: string, kind: 'Function' | 'StateMachine'): string {
  const pascalCase = name.replace(/(^|-)([a-z])/g, (_match, _dash, letter: string) => letter.toUpperCase());
  return `${pascalCase}${kind}Arn`;
}
