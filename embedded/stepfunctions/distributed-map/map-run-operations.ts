import { faults } from '../faults.ts';
import { arnOf, oneOf, pageSize, pageStart, pageToken } from '../requests.ts';
import type { ExecutionRecord, ExecutionStatus, Store } from '../store.ts';
import type { JsonObject } from '../values.ts';
import type { ChildStatus, MapRunRecord, MapRuns, StatusCount } from './tables.ts';

/** Operations about Map Runs, by name; and what operations about executions add for the children of one. */
export interface MapRunOperations {
  /** DescribeMapRun, ListMapRuns and UpdateMapRun. */
  operations: Record<string, (request: JsonObject) => JsonObject>;
  /** ListExecutions with a mapRunArn. Throws ServiceError. */
  listChildren(request: JsonObject, summarise: (execution: ExecutionRecord) => JsonObject): JsonObject;
}

const STATUSES = ['SUCCEEDED', 'TIMED_OUT', 'PENDING_REDRIVE', 'ABORTED', 'FAILED', 'RUNNING'] as const;
/** Members of the counts, in the order of AWS's answers. */
const COUNTED: [member: string, status: ChildStatus][] = [
  ['pending', 'PENDING'],
  ['running', 'RUNNING'],
  ['succeeded', 'SUCCEEDED'],
  ['failed', 'FAILED'],
  ['timedOut', 'TIMED_OUT'],
  ['aborted', 'ABORTED'],
];

const seconds = (ms: number) => ms / 1000;

export function newMapRunOperations(store: Store, mapRuns: MapRuns): MapRunOperations {
  function mapRunAt(request: JsonObject): MapRunRecord {
    const arn = arnOf(request, 'mapRunArn', 'mapRun');
    const mapRun = mapRuns.byArn(arn);
    if (!mapRun) throw faults.noResource(arn);
    return mapRun;
  }

  function describeMapRun(request: JsonObject): JsonObject {
    const mapRun = mapRunAt(request);
    const counts = mapRuns.counts(mapRun.id);
    return {
      mapRunArn: mapRun.arn,
      executionArn: mapRun.executionArn,
      status: mapRun.status,
      startDate: seconds(mapRun.startMs),
      ...(mapRun.stopMs === null ? {} : { stopDate: seconds(mapRun.stopMs) }),
      maxConcurrency: mapRun.maxConcurrency,
      toleratedFailurePercentage: mapRun.toleratedFailurePercentage ?? 0,
      toleratedFailureCount: mapRun.toleratedFailureCount ?? 0,
      itemCounts: countsOf(mapRun, counts, 'items'),
      executionCounts: countsOf(mapRun, counts, 'executions'),
      redriveCount: mapRun.redriveCount,
      ...(mapRun.redriveMs === null ? {} : { redriveDate: seconds(mapRun.redriveMs) }),
    };
  }

  function listMapRuns(request: JsonObject): JsonObject {
    const executionArn = arnOf(request, 'executionArn', 'execution');
    const execution = store.execution(executionArn);
    if (!execution) throw faults.noExecution(executionArn);
    const size = pageSize(request);
    const query = `mapRuns ${executionArn}`;
    const start = pageStart(request, 1024, query, Number.MAX_SAFE_INTEGER);
    const found = mapRuns.ofExecution(execution.id, start, size + 1);
    const page = found.slice(0, size);
    return {
      mapRuns: page.map(({ arn, machineArn, startMs, stopMs }) => ({
        executionArn,
        mapRunArn: arn,
        stateMachineArn: machineArn,
        startDate: seconds(startMs),
        ...(stopMs === null ? {} : { stopDate: seconds(stopMs) }),
      })),
      ...(found.length > size ? { nextToken: pageToken(query, page.at(-1)!.id) } : {}),
    };
  }

  function updateMapRun(request: JsonObject): JsonObject {
    const mapRun = mapRunAt(request);
    const { maxConcurrency, toleratedFailureCount, toleratedFailurePercentage } = mapRun;
    mapRuns.setLimits(mapRun, {
      maxConcurrency: numberIn(request, 'maxConcurrency', Number.MAX_SAFE_INTEGER, Number.isInteger) ?? maxConcurrency,
      toleratedFailureCount:
        numberIn(request, 'toleratedFailureCount', Number.MAX_SAFE_INTEGER, Number.isInteger) ?? toleratedFailureCount,
      toleratedFailurePercentage:
        numberIn(request, 'toleratedFailurePercentage', 100, Number.isFinite) ?? toleratedFailurePercentage,
    });
    return {};
  }

  function listChildren(request: JsonObject, summarise: (execution: ExecutionRecord) => JsonObject): JsonObject {
    if (request.stateMachineArn !== undefined) {
      throw faults.validation("Exactly one of 'stateMachineArn' and 'mapRunArn' must be specified");
    }
    const { id, arn } = mapRunAt(request);
    const filter = oneOf(request, 'statusFilter', STATUSES);
    const size = pageSize(request);
    const query = `children ${arn} ${filter ?? ''}`;
    const start = pageStart(request, 3096, query, Number.MAX_SAFE_INTEGER);
    const found = mapRuns.executions(id, filter as ExecutionStatus | undefined, start, size + 1);
    const page = found.slice(0, size);
    return {
      executions: page.map((child) => ({ ...summarise(child), mapRunArn: arn, itemCount: child.itemCount })),
      ...(found.length > size ? { nextToken: pageToken(query, page.at(-1)!.id) } : {}),
    };
  }

  return {
    operations: { DescribeMapRun: describeMapRun, ListMapRuns: listMapRuns, UpdateMapRun: updateMapRun },
    listChildren,
  };
}

/** What DescribeStateMachineForExecution tells of a child: the processor of its Map state as a definition of its own. */
export function describeProcessor(
  { machineArn, mapRunArn, mapState }: ExecutionRecord,
  definition: string,
): JsonObject {
  const { ProcessorConfig: _config, ...processor } = processorIn(JSON.parse(definition), mapState!)!;
  const label = machineArn.slice(machineArn.indexOf('/') + 1);
  return { stateMachineArn: machineArn, definition: JSON.stringify(processor), mapRunArn, label };
}

/** The processor of a Map state, wherever in a definition the state is. */
function processorIn({ States: states }: JsonObject, mapState: string): JsonObject | undefined {
  for (const [name, state] of Object.entries(states as Record<string, JsonObject>)) {
    const processor = (state.ItemProcessor ?? state.Iterator) as JsonObject | undefined;
    if (processor && name === mapState) return processor;
    const inner = [...(processor ? [processor] : []), ...((state.Branches as JsonObject[] | undefined) ?? [])];
    for (const found of inner.map((flow) => processorIn(flow, mapState))) if (found) return found;
  }
  return undefined;
}

function countsOf({ resultsWritten }: MapRunRecord, counts: StatusCount[], of: 'items' | 'executions'): JsonObject {
  const total = counts.reduce((sum, count) => sum + count[of], 0);
  const countOf = (status: ChildStatus) => counts.find((count) => count.status === status)?.[of] ?? 0;
  return {
    ...Object.fromEntries(COUNTED.map(([member, status]) => [member, countOf(status)])),
    total,
    resultsWritten: resultsWritten === 1 ? total : 0,
    failuresNotRedrivable: 0,
    pendingRedrive: countOf('PENDING_REDRIVE'),
  };
}

function numberIn(
  request: JsonObject,
  name: string,
  maximum: number,
  isOfKind: (value: unknown) => boolean,
): number | undefined {
  const value = request[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && isOfKind(value) && value >= 0 && value <= maximum) return value;
  const bound =
    typeof value === 'number' && value > maximum ? `less than or equal to ${maximum}` : 'greater than or equal to 0';
  throw faults.validation(
    `Value '${value}' at '${name}' failed to satisfy constraint: Member must have value ${bound}`,
  );
}
