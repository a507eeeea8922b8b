import type { FunctionName, TABLES } from '../core/names.ts';

/** Where the bucket keeps things, as far as a permission tells them apart. */
export type KeyPattern =
  | 'nights/*'
  | 'nights/*/report.json'
  | 'nights/*/report.md'
  | 'nights/*/telemetry.fits'
  | 'raw/*'
  | 'schedules/*'
  | 'schedules/*/observatory.*';

type TableAction = 'GetItem' | 'BatchGetItem' | 'Query' | 'PutItem' | 'BatchWriteItem';

/** What one function may do, beside writing its own log. */
export interface FunctionPermissions {
  tables: Partial<Record<keyof typeof TABLES, readonly TableAction[]>>;
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
  'report-night': {
    tables: { nights: ['GetItem', 'Query'], requests: ['BatchGetItem'], exposures: ['BatchGetItem'] },
    reads: ['nights/*', 'schedules/*/observatory.*'],
    writes: ['nights/*/report.json', 'nights/*/report.md', 'nights/*/telemetry.fits'],
    readsSiteFiles: ['observatory'],
    seesMissingObjects: true,
  },
  'close-night': {
    tables: { nights: ['GetItem', 'PutItem', 'Query'], requests: ['GetItem', 'PutItem'], exposures: ['GetItem'] },
    // The observatory that a schedule names says which night its start meant.
    reads: ['nights/*', 'schedules/*/observatory.*'],
    readsSiteFiles: ['observatory'],
    seesMissingObjects: true,
    publishes: true,
  },
};
