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
  calibrations: { partition: 'calibrationKey', sort: 'validFrom', indexes: {} },
  provenance: {
    partition: 'subject',
    sort: 'relationObject',
    indexes: { [INDEXES.provenanceReverse]: { partition: 'object', sort: 'subject' } },
  },
};
export const NUMBER_KEYS: readonly string[] = ['seqNum'];

/** State machines: the file is `statemachines/<name>.asl.json`. */
export const MACHINES = ['observation', 'segment', 'night'] as const;
export type MachineName = (typeof MACHINES)[number];

/** Functions: the handler is `functions/<name>/handler.ts`. Memory and time limits are what the deployed function gets. */
export const FUNCTIONS = {
  'open-night': { memoryMb: 512, timeoutS: 60 },
  'choose-next': { memoryMb: 512, timeoutS: 30 },
  'check-conditions': { memoryMb: 256, timeoutS: 15 },
  'announce-visit': { memoryMb: 256, timeoutS: 15 },
  'slew-telescope': { memoryMb: 256, timeoutS: 15 },
  'configure-instrument': { memoryMb: 256, timeoutS: 15 },
  'expose-frame': { memoryMb: 1769, timeoutS: 60 },
  'finish-observation': { memoryMb: 256, timeoutS: 15 },
  'report-night': { memoryMb: 512, timeoutS: 60 },
  'close-night': { memoryMb: 256, timeoutS: 15 },
} as const;
export type FunctionName = keyof typeof FUNCTIONS;

/** Environment variables that the functions read, and nothing else does. */
export const ENVIRONMENT = {
  bucket: 'NOCTURNE_BUCKET',
  tablePrefix: 'NOCTURNE_TABLE_PREFIX',
} as const;

/** Bucket of the embedded engine; a deployed stack names its own. */
export const EMBEDDED_BUCKET = 'nocturne';
