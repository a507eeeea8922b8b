import { AsyncLocalStorage } from 'node:async_hooks';
import { type FunctionUsage, noUsage } from '../../core/records/usage.ts';

/** What the current invocation has used so far; several may be under way in one process. */
const invocations = new AsyncLocalStorage<FunctionUsage>();

/** Does the work of one invocation and gives back what it used beside its result. */
export async function metered<Output>(work: () => Promise<Output>): Promise<{ output: Output; usage: FunctionUsage }> {
  const usage = noUsage();
  const beginMs = performance.now();
  const output = await invocations.run(usage, work);
  usage.durationMs = Math.round((performance.now() - beginMs) * 1000) / 1000;
  return { output, usage };
}

/** The part of an SDK client that is needed to see its requests. */
interface Metered {
  // biome-ignore lint/suspicious/noExplicitAny: every client has its own types of input and output
  middlewareStack: { add(middleware: any, options: { step: 'initialize'; name: string }): void };
}

interface Request {
  input: Record<string, unknown>;
}

type Next = (request: Request) => Promise<{ output: Record<string, unknown> }>;

type Count = (usage: FunctionUsage, commandName: string, input: Record<string, unknown>) => void;

/** Counts what a client asks for, whatever comes of it: what is refused is billed as well. */
export function countRequests<Client extends Metered>(client: Client, count: Count): Client {
  client.middlewareStack.add(
    (next: Next, { commandName = '' }: { commandName?: string }) =>
      (request: Request) => {
        const usage = invocations.getStore();
        if (usage) count(usage, commandName, request.input);
        return next(request);
      },
    { step: 'initialize', name: 'countRequests' },
  );
  return client;
}

export const countS3: Count = (usage, commandName) => {
  if (/^(Put|Copy|Post|List|Create|Complete|Upload)/.test(commandName)) usage.s3Puts++;
  // Deleting costs nothing.
  else if (!commandName.startsWith('Delete')) usage.s3Gets++;
};

export const countStepFunctions: Count = (usage) => {
  usage.stepFunctionsRequests++;
};

export const countEvents: Count = (usage, _commandName, { Entries }) => {
  usage.eventsPuts += (Entries as unknown[] | undefined)?.length ?? 0;
};

const READS = ['GetItemCommand', 'BatchGetItemCommand', 'QueryCommand', 'ScanCommand'];
const WRITES = ['PutItemCommand', 'UpdateItemCommand', 'DeleteItemCommand', 'BatchWriteItemCommand'];

/** What a write takes whose condition does not hold: DynamoDB bills it, but an error carries no units. At least one. */
const REFUSED_WRITE_UNITS = 1;

/** Lets DynamoDB say with each answer what it took, and adds it up. */
export function countUnits<Client extends Metered>(client: Client): Client {
  client.middlewareStack.add(
    (next: Next, { commandName = '' }: { commandName?: string }) =>
      async (request: Request) => {
        const usage = invocations.getStore();
        const isWrite = WRITES.includes(commandName);
        if (!usage || !(isWrite || READS.includes(commandName))) return next(request);
        const units = isWrite ? 'dynamodbWriteUnits' : 'dynamodbReadUnits';
        try {
          const result = await next({ ...request, input: { ...request.input, ReturnConsumedCapacity: 'TOTAL' } });
          usage[units] += unitsOf(result.output.ConsumedCapacity);
          return result;
        } catch (error) {
          if ((error as Error | undefined)?.name === 'ConditionalCheckFailedException')
            usage[units] += REFUSED_WRITE_UNITS;
          throw error;
        }
      },
    { step: 'initialize', name: 'countUnits' },
  );
  return client;
}

/** A batch has one entry for each table, a single request one in all. */
function unitsOf(consumed: unknown): number {
  const entries = (Array.isArray(consumed) ? consumed : [consumed ?? {}]) as { CapacityUnits?: number }[];
  return entries.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}
