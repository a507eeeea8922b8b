import { type FunctionName, INDEXES, type TABLES } from '../core/names.ts';

/** Where the bucket keeps things, as far as a permission tells them apart. */
export type KeyPattern =
  | 'nights/*'
  | 'nights/*/report.json'
  | 'nights/*/report.md'
  | 'nights/*/telemetry.fits'
  | 'nights/*/reduction/*'
  | 'nights/*/calibration.html'
  | 'raw/*'
  | 'calibrations/*'
  | 'reduced/*'
  | 'schedules/*'
  | 'schedules/*/observatory.*';

type TableAction = 'GetItem' | 'BatchGetItem' | 'Query' | 'PutItem' | 'DeleteItem' | 'BatchWriteItem';

/** What one function may do, beside writing its own log. */
export interface FunctionPermissions {
  tables: Partial<Record<keyof typeof TABLES, readonly TableAction[]>>;
  /** DynamoDB Query on secondary indexes. */
  indexes?: readonly { table: keyof typeof TABLES; index: (typeof INDEXES)[keyof typeof INDEXES] }[];
  /** S3 GetObject. */
  reads?: readonly KeyPattern[];
  /** S3 PutObject. */
  writes?: readonly KeyPattern[];
  /** S3 GetObject on the files that the stack's own schedules name. */
  readsSiteFiles?: readonly ('observatory' | 'programme')[];
  /**
   * S3 ListBucket. Without it S3 answers AccessDenied for an object that does not exist. Those have it that read what a person
   * named when the night was started: a file that is missing is a mistake in the input, which open-night tells and after which
   * there is nothing to close. All others read what open-night has read before them.
   */
  seesMissingObjects?: true;
  /** Step Functions DescribeExecution on executions of the night machine. */
  describesNights?: true;
  /** EventBridge PutEvents on the observatory's bus. */
  publishes?: true;
}

/**
 * Who may do what: the policies of the functions are made from this table and nothing else, and
 * test/infra/permissions.test.ts holds it against what the functions really do.
 */
export const PERMISSIONS: Readonly<Record<FunctionName, FunctionPermissions>> = {
  'open-night': {
    tables: {
      nights: ['GetItem', 'PutItem'],
      requests: ['GetItem', 'BatchGetItem', 'PutItem'],
      provenance: ['BatchWriteItem'],
    },
    reads: ['nights/*', 'schedules/*'],
    writes: ['nights/*'],
    readsSiteFiles: ['observatory', 'programme'],
    seesMissingObjects: true,
    describesNights: true,
    publishes: true,
  },
  'choose-next': {
    tables: { nights: ['GetItem', 'PutItem'], requests: ['GetItem', 'BatchGetItem', 'PutItem'] },
    reads: ['nights/*'],
  },
  'check-conditions': {
    tables: { nights: ['GetItem'], requests: ['GetItem'] },
    reads: ['nights/*'],
  },
  'announce-visit': {
    tables: { nights: ['GetItem', 'PutItem'], requests: ['GetItem', 'PutItem'] },
  },
  'slew-telescope': { tables: { nights: ['PutItem'] }, reads: ['nights/*'] },
  'configure-instrument': { tables: { nights: ['PutItem'] }, reads: ['nights/*'] },
  'expose-frame': {
    tables: {
      nights: ['GetItem', 'PutItem'],
      requests: ['GetItem'],
      exposures: ['GetItem', 'PutItem'],
      provenance: ['BatchWriteItem'],
    },
    reads: ['nights/*'],
    writes: ['raw/*'],
  },
  'finish-observation': {
    tables: { nights: ['PutItem'], requests: ['GetItem', 'PutItem'] },
    reads: ['nights/*'],
  },
  'plan-calibrations': {
    tables: {
      nights: ['GetItem', 'PutItem', 'Query'],
      requests: ['BatchGetItem', 'PutItem'],
      calibrations: ['Query'],
    },
    // What persons ask for, whatever its id.
    indexes: [{ table: 'requests', index: INDEXES.requestsByProgramme }],
    reads: ['nights/*'],
  },
  'prepare-calibration': {
    tables: { nights: ['GetItem', 'PutItem'], requests: ['BatchGetItem', 'PutItem'], exposures: ['BatchGetItem'] },
    reads: ['nights/*'],
  },
  'take-calibration': {
    tables: {
      nights: ['GetItem', 'PutItem'],
      requests: ['BatchGetItem'],
      exposures: ['GetItem', 'PutItem'],
      provenance: ['BatchWriteItem'],
    },
    reads: ['nights/*'],
    writes: ['raw/*'],
  },
  'build-master': {
    tables: {
      nights: ['GetItem', 'PutItem'],
      requests: ['BatchGetItem'],
      exposures: ['BatchGetItem'],
      calibrations: ['Query'],
      provenance: ['BatchWriteItem'],
    },
    reads: ['nights/*', 'raw/*', 'calibrations/*'],
    writes: ['calibrations/*'],
  },
  'certify-master': {
    tables: {
      nights: ['GetItem'],
      requests: ['BatchGetItem'],
      calibrations: ['GetItem', 'Query', 'PutItem', 'DeleteItem'],
      provenance: ['BatchWriteItem'],
    },
  },
  'finish-calibration': {
    tables: { nights: ['GetItem', 'PutItem'], requests: ['BatchGetItem', 'PutItem'], exposures: ['BatchGetItem'] },
    reads: ['nights/*'],
  },
  'plan-reduction': {
    tables: { nights: ['GetItem', 'Query'], exposures: ['BatchGetItem'], calibrations: ['Query'] },
    reads: ['nights/*'],
    writes: ['nights/*/reduction/*'],
  },
  'reduce-frame': {
    tables: {
      nights: ['GetItem', 'PutItem'],
      requests: ['GetItem'],
      exposures: ['GetItem'],
      provenance: ['BatchWriteItem'],
    },
    reads: ['nights/*', 'raw/*', 'calibrations/*'],
    writes: ['reduced/*'],
  },
  'finish-block': { tables: {} },
  'report-calibration': {
    tables: {
      nights: ['GetItem', 'Query'],
      requests: ['BatchGetItem'],
      exposures: ['BatchGetItem'],
      calibrations: ['Query'],
    },
    reads: ['nights/*', 'calibrations/*', 'reduced/*', 'schedules/*/observatory.*'],
    writes: ['nights/*/calibration.html'],
    readsSiteFiles: ['observatory'],
    seesMissingObjects: true,
  },
  'report-night': {
    tables: { nights: ['GetItem', 'Query'], requests: ['BatchGetItem'], exposures: ['BatchGetItem'] },
    reads: ['nights/*', 'schedules/*/observatory.*'],
    writes: ['nights/*/report.json', 'nights/*/report.md', 'nights/*/telemetry.fits'],
    readsSiteFiles: ['observatory'],
    seesMissingObjects: true,
  },
  'close-night': {
    tables: {
      nights: ['GetItem', 'PutItem', 'Query'],
      requests: ['GetItem', 'BatchGetItem', 'PutItem'],
      exposures: ['GetItem'],
    },
    // The observatory that a schedule names says which night its start meant.
    reads: ['nights/*', 'schedules/*/observatory.*'],
    readsSiteFiles: ['observatory'],
    seesMissingObjects: true,
    publishes: true,
  },
};
