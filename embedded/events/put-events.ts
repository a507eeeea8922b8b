import { parseJson } from '../json.ts';
import type { EventContent } from './event.ts';
import { faults } from './faults.ts';
import { checkMembers, type JsonObject, type Members } from './members.ts';

const ENTRY: Members = {
  Time: { type: 'number' },
  Source: { type: 'string' },
  Resources: { type: 'list', each: { type: 'string', max: 2048 } },
  DetailType: { type: 'string' },
  Detail: { type: 'string' },
  EventBusName: { type: 'string', min: 1, max: 1600 },
};

/** All entries of a request together, in bytes (EventBridge User Guide, "Calculating PutEvents event entry size"). */
const MOST_BYTES = 262_144;
const TIME_BYTES = 14;
/** Longest source and detail-type, in characters. */
const LONGEST_NAME = { Source: 256, DetailType: 128 };

interface Entry {
  Time?: number;
  Source?: string;
  Resources?: string[];
  DetailType?: string;
  Detail?: string;
  EventBusName?: string;
}

/**
 * PutEvents: entries are taken one by one, and a wrong one is told of without stopping the others. An event for a bus
 * that is not there is accepted and goes nowhere, as on AWS.
 * @param publish puts an event on a bus and gives its id
 */
export function putEvents(
  request: JsonObject,
  nowMs: number,
  publish: (bus: string | undefined, content: EventContent) => string,
): JsonObject {
  const each = { type: 'structure', members: ENTRY } as const;
  checkMembers(request, { Entries: { type: 'list', required: true, min: 1, max: 10, each } });
  const entries = request.Entries as Entry[];
  if (entries.reduce((total, entry) => total + sizeOf(entry), 0) > MOST_BYTES) {
    throw faults.validation('Total size of the entries in the request is over the limit.');
  }
  const answers = entries.map((entry) => {
    const fault = faultOf(entry);
    if (fault) return fault;
    const content = {
      source: entry.Source!,
      detailType: entry.DetailType!,
      timeMs: entry.Time === undefined ? nowMs : entry.Time * 1000,
      resources: entry.Resources ?? [],
      detail: JSON.parse(entry.Detail!),
    };
    return { EventId: publish(entry.EventBusName, content) };
  });
  return { FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers };
}

function sizeOf({ Time, Source = '', DetailType = '', Detail = '', Resources = [] }: Entry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return (Time === undefined ? 0 : TIME_BYTES) + texts.reduce((total, text) => total + Buffer.byteLength(text), 0);
}

function faultOf(entry: Entry): { ErrorCode: string; ErrorMessage: string } | undefined {
  const invalid = (parameter: string, reason: string) => ({
    ErrorCode: 'InvalidArgument',
    ErrorMessage: `Parameter ${parameter} is not valid. Reason: ${reason}`,
  });
  for (const name of ['Source', 'DetailType', 'Detail'] as const) {
    if (!entry[name]) return invalid(name, `${name} is a required argument.`);
  }
  for (const [name, longest] of Object.entries(LONGEST_NAME)) {
    const { length } = entry[name as 'Source' | 'DetailType']!;
    if (length > longest) return invalid(name, `${name} has ${length} characters; at most ${longest} are allowed.`);
  }
  if (entry.Time !== undefined && !(Math.abs(entry.Time * 1000) <= 8.64e15)) {
    return invalid('Time', 'Time is beyond all dates.');
  }
  if (entry.Source!.startsWith('aws.')) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  }
  return isJsonObject(entry.Detail!)
    ? undefined
    : { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
}

function isJsonObject(text: string): boolean {
  try {
    const json = parseJson(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json);
  } catch {
    return false;
  }
}
