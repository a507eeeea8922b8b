import { localstackDifferences } from './differences-localstack.ts';

/** The engines that cases run on. */
export type EngineName = 'embedded' | 'localstack';

/** Differences from recordings that are known and explained. */
export interface KnownDifference {
  /** The ids of the cases. */
  cases: RegExp;
  /** Of these cases only those that AWS answered before that day, as `2024-11-13`. */
  recordedBefore?: string;
  /** The differences: their paths, as the runner gives them. */
  paths: RegExp;
  /** Who is as AWS is today: a recording can be older than a change of AWS. */
  right: 'aws' | 'engine' | 'both';
  why: string;
  /** The cases are not run: they would not end, or there is nothing to look at. */
  notRun?: true;
}

const embeddedDifferences: KnownDifference[] = [
  {
    cases: /./,
    recordedBefore: '2023-11-15',
    paths: /\.(redrive(Count|Status|StatusReason)|failuresNotRedrivable|pendingRedrive)$/i,
    right: 'engine',
    why: 'AWS began with redrive on 2023-11-15; since then executions, Map Runs and the context object speak of it',
  },
  {
    cases: /^sfn_api\//,
    recordedBefore: '2024-07-25',
    paths: /\.encryptionConfiguration$/,
    right: 'engine',
    why: 'AWS began with keys of a state machine on 2024-07-25; since then it says which one encrypts its data',
  },
  {
    cases: /^base_scenarios\/map_/,
    recordedBefore: '2024-11-01',
    paths: /\.previousEventId$/,
    right: 'engine',
    why: 'until August 2024 MapStateExited of a Distributed Map follows the end of the Map Run in recordings, since November 2024 its start',
  },
  {
    cases: /^lambda_task\/invoke_json_values\[0\.0\]$/,
    paths: /\.(input|output)$/,
    right: 'aws',
    why: 'AWS keeps the spelling of a number; the engine keeps its value, and writes 0 for 0.0',
  },
  {
    cases: /^aws_sdk_task_service\/s3_(get|put)_object/,
    paths: /\.ServerSideEncryption$/,
    right: 'aws',
    why: 'S3 encrypts every object by AES256 and says so; the engine keeps plain files and does not claim what it does not do',
  },
  {
    cases: /^base_scenarios\/illegal_escapes/,
    paths: /\.exception_value$/,
    right: 'both',
    why: 'the same refusal; the engine adds in brackets what is wrong with the call',
  },
  {
    cases: /^sns_task_service\/fifo_message_attribute/,
    paths: /./,
    right: 'aws',
    why: 'topics that keep an order (FIFO) are refused by name: no machine of the observatory needs one',
  },
];

const differences: Record<EngineName, KnownDifference[]> = {
  embedded: embeddedDifferences,
  localstack: localstackDifferences,
};

/** What may differ on an engine. */
export function knownDifferences(engine: EngineName): KnownDifference[] {
  return differences[engine].filter(({ notRun }) => !notRun);
}

/** Whether a case can be run on an engine. */
export function isRun(engine: EngineName, id: string): boolean {
  return !differences[engine].some(({ notRun, cases }) => notRun && cases.test(id));
}

/** Whether an explanation is for a case. */
export function isFor({ cases, recordedBefore }: KnownDifference, one: { id: string; recorded?: string }): boolean {
  if (!cases.test(one.id)) return false;
  return recordedBefore === undefined || (one.recorded !== undefined && one.recorded < recordedBefore);
}
