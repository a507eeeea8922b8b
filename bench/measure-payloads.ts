/** How large things get in a night that has been observed: payloads, items, histories. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type NightExecution, readExecutions, statesEntered } from '../cli/executions.ts';
import type { Session } from '../cli/session.ts';
import { TABLES } from '../core/names.ts';

interface Largest {
  bytes: number;
  where: string;
}

export interface Sizes {
  /** Input or output of any state, task or execution; AWS allows 256 KiB. */
  payload: Largest;
  /** What an error carries of the children that failed below it; AWS cuts it at 32,768 characters. */
  cause: Largest;
  /** An item as JSON, which is a little more than DynamoDB counts; 400 KB are allowed. */
  item: Largest;
  /** Events in the longest history; 25,000 are allowed. */
  historyEvents: Largest;
  /** States of the longest visit of one frame that went well. */
  statesOfVisit: number;
  executions: number;
}

/** Measures a night of a session. */
export async function measureSizes(session: Session, nightId: string): Promise<Sizes> {
  const executions = await readExecutions(session, nightId);
  const visits = executions.filter(({ machine, status }) => machine === 'observation' && status === 'SUCCEEDED');
  const oneFrame = visits
    .map(statesEntered)
    .filter((states) => states.filter((name) => name === 'ExposeFrame').length === 1);
  return {
    payload: largest(executions.flatMap((execution) => textsOf(execution, 'payload'))),
    cause: largest(executions.flatMap((execution) => textsOf(execution, 'cause'))),
    item: largest(await itemsOf(session)),
    historyEvents: largest(executions.map(({ machine, events }) => ({ bytes: events.length, where: machine }))),
    statesOfVisit: Math.max(0, ...oneFrame.map((states) => states.length)),
    executions: executions.length,
  };
}

const largest = (all: readonly Largest[]): Largest =>
  all.reduce((most, each) => (each.bytes > most.bytes ? each : most), { bytes: 0, where: '-' });

/** Every payload, or every cause, in an execution's history. */
function textsOf({ machine, events }: NightExecution, kind: 'payload' | 'cause'): Largest[] {
  const names = kind === 'payload' ? ['input', 'output', 'parameters'] : ['cause'];
  return events.flatMap((event) =>
    Object.values(detailsOf(event)).flatMap((details) =>
      names.flatMap((name) => {
        const text = details[name];
        return typeof text === 'string'
          ? { bytes: Buffer.byteLength(text), where: `${machine}: ${details.name ?? event.type}, ${name}` }
          : [];
      }),
    ),
  );
}

const detailsOf = (event: HistoryEvent): Record<string, Record<string, unknown>> =>
  Object.fromEntries(Object.entries(event).filter(([name]) => name.endsWith('Details')));

async function itemsOf({ documents, tableName }: Session): Promise<Largest[]> {
  const sizes: Largest[] = [];
  for (const table of Object.keys(TABLES) as (keyof typeof TABLES)[]) {
    let from: Record<string, unknown> | undefined;
    do {
      const page = await documents.send(new ScanCommand({ TableName: tableName(table), ExclusiveStartKey: from }));
      for (const item of page.Items ?? []) {
        sizes.push({ bytes: Buffer.byteLength(JSON.stringify(item)), where: `${table}: ${item.item ?? ''}` });
      }
      from = page.LastEvaluatedKey;
    } while (from);
  }
  return sizes;
}
