import type { QueryLanguage } from './definition.ts';
import { DISTRIBUTED_FIELDS } from './distributed-map/definition.ts';
import { refuseOthers, type Source } from './fields.ts';

const ANY = ['Type', 'Comment', 'QueryLanguage'];
const STEP = ['Next', 'End', 'Assign'];
const HANDLERS = ['Retry', 'Catch'];
const PATHS = ['InputPath', 'OutputPath'];
const RESULT = ['Parameters', 'ResultSelector', 'ResultPath'];

/** What a state type has in either language, in JSONPath only, and in JSONata only. Types stand in the order of AWS's messages. */
const FIELDS: Record<string, { both: string[]; JSONPath: string[]; JSONata: string[] }> = {
  Task: {
    both: [...STEP, ...HANDLERS, 'Resource', 'TimeoutSeconds', 'HeartbeatSeconds'],
    JSONPath: [...PATHS, ...RESULT, 'TimeoutSecondsPath', 'HeartbeatSecondsPath'],
    JSONata: ['Arguments', 'Output'],
  },
  Wait: {
    both: [...STEP, 'Seconds', 'Timestamp'],
    JSONPath: [...PATHS, 'SecondsPath', 'TimestampPath'],
    JSONata: ['Output'],
  },
  Pass: { both: STEP, JSONPath: [...PATHS, 'Parameters', 'Result', 'ResultPath'], JSONata: ['Output'] },
  Succeed: { both: [], JSONPath: PATHS, JSONata: ['Output'] },
  Fail: { both: ['Error', 'Cause'], JSONPath: ['ErrorPath', 'CausePath'], JSONata: [] },
  Choice: { both: ['Assign', 'Choices', 'Default'], JSONPath: PATHS, JSONata: ['Output'] },
  Parallel: {
    both: [...STEP, ...HANDLERS, 'Branches'],
    JSONPath: [...PATHS, ...RESULT],
    JSONata: ['Arguments', 'Output'],
  },
  Map: {
    both: [
      ...STEP,
      ...HANDLERS,
      'ItemSelector',
      'ItemProcessor',
      'Iterator',
      'MaxConcurrency',
      ...DISTRIBUTED_FIELDS.filter((name) => !name.endsWith('Path')),
    ],
    JSONPath: [
      ...PATHS,
      ...RESULT,
      'ItemsPath',
      'MaxConcurrencyPath',
      ...DISTRIBUTED_FIELDS.filter((name) => name.endsWith('Path')),
    ],
    JSONata: ['Items', 'Output'],
  },
};

/** The state types, as AWS lists them. */
export const STATE_TYPES = Object.keys(FIELDS);

/** Whether states of a type have a field in some language. */
export function hasField(type: string, name: string): boolean {
  const { both, JSONPath, JSONata } = FIELDS[type]!;
  return both.includes(name) || JSONPath.includes(name) || JSONata.includes(name);
}

/** Reports the fields of a state that its type does not have, or has only in the other query language. */
export function checkFields(type: string, source: Source): void {
  const { json, location, language, diagnostics } = source;
  const other: QueryLanguage = language === 'JSONPath' ? 'JSONata' : 'JSONPath';
  const { both, ...only } = FIELDS[type]!;
  for (const name of only[other].filter((field) => json[field] !== undefined)) {
    diagnostics.add(
      location,
      `The QueryLanguage is set to '${language}', but field '${name}' is only supported for the '${other}' QueryLanguage`,
    );
  }
  refuseOthers(source, new Set([...ANY, ...both, ...only.JSONPath, ...only.JSONata]));
}
