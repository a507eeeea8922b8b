import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ServiceError } from '../errors.ts';
import { compileDefinition } from './compile.ts';
import { describeProcessor, newMapRunOperations } from './distributed-map/map-run-operations.ts';
import type { MapRuns } from './distributed-map/tables.ts';
import type { Executions } from './executions.ts';
import { faults } from './faults.ts';
import { presentEvent } from './history.ts';
import { redriveStatusNow } from './redrive-status.ts';
import { arnOf, checkedName, oneOf, optionalText, pageSize, pageStart, pageToken, requiredText } from './requests.ts';
import type { DefinitionRecord, ExecutionRecord, MachineRecord, Store } from './store.ts';
import { newTags } from './tags.ts';
import { isObject, type JsonObject } from './values.ts';
import { variableReferences } from './variable-references.ts';

export interface OperationsOptions {
  store: Store;
  mapRuns: MapRuns;
  executions: Executions;
  now: () => number;
  region: string;
  accountId: string;
}

/** One operation of the API: request to answer, both as JSON. Throws ServiceError. */
export type Operation = (request: JsonObject) => JsonObject;

const DEFINITION = { min: 1, max: 1_048_576 };
const ROLE_ARN = { min: 1, max: 256 };
const TYPES = ['STANDARD', 'EXPRESS'] as const;
const STATUSES = ['SUCCEEDED', 'TIMED_OUT', 'PENDING_REDRIVE', 'ABORTED', 'FAILED', 'RUNNING'] as const;

/** What DescribeStateMachine says about options that this engine has no choice in. */
const FIXED = {
  loggingConfiguration: { level: 'OFF', includeExecutionData: false },
  tracingConfiguration: { enabled: false },
  encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
};

const seconds = (ms: number) => ms / 1000;

/** The operations of AWS Step Functions that this engine has, by name. */
export function newOperations(options: OperationsOptions): Record<string, Operation> {
  const { store, executions, now, region, accountId } = options;
  const mapRuns = newMapRunOperations(store, options.mapRuns);

  const tags = newTags(store);
  // A client that asks for the same redrive twice gets the answer of the first time.
  store.createTables(
    'create table if not exists redrives (arn text, clientToken text, redriveMs real, primary key (arn, clientToken)) without rowid',
  );
  const redrives = store.statement('select redriveMs from redrives where arn = ? and clientToken = ?');
  const addRedrive = store.statement('insert into redrives (arn, clientToken, redriveMs) values (?, ?, ?)');

  function machineAt(request: JsonObject): MachineRecord {
    refuseMetadataOnly(request);
    const arn = arnOf(request, 'stateMachineArn', 'stateMachine');
    const machine = store.machine(arn);
    if (!machine) throw faults.noMachine(arn);
    return machine;
  }

  function executionAt(request: JsonObject): ExecutionRecord {
    refuseMetadataOnly(request);
    const arn = arnOf(request, 'executionArn', 'execution');
    const execution = store.execution(arn);
    if (!execution) throw faults.noExecution(arn);
    return execution;
  }

  function createStateMachine(request: JsonObject): JsonObject {
    const name = checkedName(requiredText(request, 'name', { min: 1, max: 80 }));
    const definition = requiredText(request, 'definition', DEFINITION);
    const roleArn = requiredText(request, 'roleArn', ROLE_ARN);
    refuseOptions(request);
    const given = tags.tagsOf(request);
    checkDefinition(definition);
    const arn = `arn:aws:states:${region}:${accountId}:stateMachine:${name}`;
    const existing = store.machine(arn);
    if (existing) {
      if (existing.status === 'DELETING') throw faults.machineDeleting(arn);
      // AWS ignores another role: only the definition, type and configurations must be the same.
      if (store.definition(existing.definitionId).definition !== definition) throw faults.machineExists(arn);
      return { stateMachineArn: arn, creationDate: seconds(existing.createdMs) };
    }
    const createdMs = now();
    const definitionId = store.insertDefinition({ machineArn: arn, definition, roleArn, revisionId: null, createdMs });
    store.saveMachine({ arn, name, status: 'ACTIVE', createdMs, definitionId });
    tags.add(arn, given);
    return { stateMachineArn: arn, creationDate: seconds(createdMs) };
  }

  function updateStateMachine(request: JsonObject): JsonObject {
    const machine = machineAt(request);
    const definition = optionalText(request, 'definition', DEFINITION);
    const roleArn = optionalText(request, 'roleArn', ROLE_ARN);
    refuseOptions(request);
    if (machine.status === 'DELETING') throw faults.machineDeleting(machine.arn);
    const configured = request.loggingConfiguration ?? request.tracingConfiguration;
    if (definition === undefined && roleArn === undefined && configured === undefined) {
      throw faults.missingParameter(
        'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
      );
    }
    if (definition !== undefined) checkDefinition(definition);
    const current = store.definition(machine.definitionId);
    const updated = { definition: definition ?? current.definition, roleArn: roleArn ?? current.roleArn };
    const updatedMs = now();
    let { revisionId } = current;
    if (updated.definition !== current.definition || updated.roleArn !== current.roleArn) {
      revisionId = randomUUID();
      const record = { machineArn: machine.arn, ...updated, revisionId, createdMs: updatedMs };
      store.saveMachine({ ...machine, definitionId: store.insertDefinition(record) });
    }
    return { updateDate: seconds(updatedMs), ...(revisionId === null ? {} : { revisionId }) };
  }

  function describeStateMachine(request: JsonObject): JsonObject {
    const machine = machineAt(request);
    return {
      ...describeDefinition(machine.name, store.definition(machine.definitionId)),
      status: machine.status,
      type: 'STANDARD',
      creationDate: seconds(machine.createdMs),
    };
  }

  function listStateMachines(request: JsonObject): JsonObject {
    const size = pageSize(request);
    const machines = store.machines(pageStart(request, 1024, 'machines', ''), size + 1);
    const page = machines.slice(0, size);
    return {
      stateMachines: page.map(({ arn, name, createdMs }) => ({
        stateMachineArn: arn,
        name,
        type: 'STANDARD',
        creationDate: seconds(createdMs),
      })),
      ...(machines.length > size ? { nextToken: pageToken('machines', page.at(-1)!.name) } : {}),
    };
  }

  function deleteStateMachine(request: JsonObject): JsonObject {
    const arn = arnOf(request, 'stateMachineArn', 'stateMachine');
    const machine = store.machine(arn);
    if (!machine) return {};
    tags.drop(arn);
    const open = store.executions(arn, 'RUNNING', Number.MAX_SAFE_INTEGER, 1).length > 0;
    if (open) store.saveMachine({ ...machine, status: 'DELETING' });
    else store.deleteMachine(arn);
    return {};
  }

  function startExecution(request: JsonObject): JsonObject {
    const stateMachineArn = arnOf(request, 'stateMachineArn', 'stateMachine');
    const name = optionalText(request, 'name', { min: 1, max: 80 });
    const input = optionalText(request, 'input', { max: Number.MAX_SAFE_INTEGER }) ?? '{}';
    const started = executions.start({
      stateMachineArn,
      input,
      ...(name === undefined ? {} : { name: checkedName(name) }),
    });
    return { executionArn: started.executionArn, startDate: seconds(started.startMs) };
  }

  function stopExecution(request: JsonObject): JsonObject {
    const arn = arnOf(request, 'executionArn', 'execution');
    const error = optionalText(request, 'error', { max: 256 });
    const cause = optionalText(request, 'cause', { max: 32_768 });
    return { stopDate: seconds(executions.stop(arn, error, cause)) };
  }

  function describeExecution(request: JsonObject): JsonObject {
    const execution = executionAt(request);
    const { input, output, error, cause } = execution;
    return {
      ...summarise(execution),
      input,
      inputDetails: { included: true },
      ...(output === null ? {} : { output, outputDetails: { included: true } }),
      ...(error === null ? {} : { error }),
      ...(cause === null ? {} : { cause }),
      ...(execution.mapRunArn === null ? {} : { mapRunArn: execution.mapRunArn }),
      ...redriveStatusNow(execution, store.lastEventId(execution.id), now()),
    };
  }

  function redriveExecution(request: JsonObject): JsonObject {
    const arn = arnOf(request, 'executionArn', 'execution');
    const clientToken = optionalText(request, 'clientToken', { min: 1, max: 64 });
    const known = clientToken === undefined ? undefined : redrives.get(arn, clientToken);
    if (known) return { redriveDate: seconds(Number(known.redriveMs)) };
    const redriveMs = executions.redrive(arn);
    if (clientToken !== undefined) addRedrive.run(arn, clientToken, redriveMs);
    return { redriveDate: seconds(redriveMs) };
  }

  function listExecutions(request: JsonObject): JsonObject {
    if (request.redriveFilter !== undefined) throw faults.unsupported("The option 'redriveFilter'");
    if (request.mapRunArn !== undefined) return mapRuns.listChildren(request, summarise);
    const { arn } = machineAt(request);
    const filter = oneOf(request, 'statusFilter', STATUSES);
    const size = pageSize(request);
    const query = `executions ${arn} ${filter ?? ''}`;
    const start = pageStart(request, 3096, query, Number.MAX_SAFE_INTEGER);
    // No execution of this engine ever waits for a redrive.
    const found = filter === 'PENDING_REDRIVE' ? [] : store.executions(arn, filter, start, size + 1);
    const page = found.slice(0, size);
    return {
      executions: page.map(summarise),
      ...(found.length > size ? { nextToken: pageToken(query, page.at(-1)!.id) } : {}),
    };
  }

  function getExecutionHistory(request: JsonObject): JsonObject {
    const { id, arn } = executionAt(request);
    const size = pageSize(request);
    const reverse = request.reverseOrder === true;
    const query = `history ${arn} ${reverse}`;
    const start = pageStart(request, 1024, query, reverse ? Number.MAX_SAFE_INTEGER : 0);
    const events = store.events(id, start, size + 1, reverse);
    const page = events.slice(0, size);
    return {
      events: page.map((event) => presentEvent(event, request.includeExecutionData !== false)),
      ...(events.length > size ? { nextToken: pageToken(query, page.at(-1)!.id) } : {}),
    };
  }

  function describeStateMachineForExecution(request: JsonObject): JsonObject {
    const execution = executionAt(request);
    const definition = store.definition(execution.definitionId);
    const { machineArn } = definition;
    const name = machineArn.slice(machineArn.lastIndexOf(':') + 1);
    return {
      ...describeDefinition(name, definition),
      ...(execution.mapRunArn === null ? {} : describeProcessor(execution, definition.definition)),
      updateDate: seconds(definition.createdMs),
    };
  }

  return {
    CreateStateMachine: createStateMachine,
    UpdateStateMachine: updateStateMachine,
    DescribeStateMachine: describeStateMachine,
    ListStateMachines: listStateMachines,
    DeleteStateMachine: deleteStateMachine,
    ValidateStateMachineDefinition: validateDefinition,
    StartExecution: startExecution,
    StopExecution: stopExecution,
    RedriveExecution: redriveExecution,
    DescribeExecution: describeExecution,
    ListExecutions: listExecutions,
    GetExecutionHistory: getExecutionHistory,
    DescribeStateMachineForExecution: describeStateMachineForExecution,
    ...tags.operations,
    ...mapRuns.operations,
  };
}

function summarise(execution: ExecutionRecord): JsonObject {
  const { arn, machineArn, name, status, startMs, stopMs, redriveCount, redriveMs } = execution;
  return {
    executionArn: arn,
    stateMachineArn: machineArn,
    name,
    status,
    startDate: seconds(startMs),
    ...(stopMs === null ? {} : { stopDate: seconds(stopMs) }),
    redriveCount,
    ...(redriveMs === null ? {} : { redriveDate: seconds(redriveMs) }),
  };
}

function describeDefinition(name: string, record: DefinitionRecord): JsonObject {
  const { machineArn, definition, roleArn, revisionId } = record;
  const references = variableReferences(definition);
  return {
    stateMachineArn: machineArn,
    name,
    definition,
    roleArn,
    ...FIXED,
    ...(references && { variableReferences: references }),
    ...(revisionId === null ? {} : { revisionId }),
  };
}

function checkDefinition(definition: string): void {
  const { diagnostics } = compileDefinition(definition);
  if (diagnostics.length === 0) return;
  const problems = diagnostics.map(
    ({ code, message, location }) => `${code}: ${message}${location ? ` at ${location}` : ''}`,
  );
  throw faults.invalidDefinition(problems.join(', '));
}

/** Refuses options of CreateStateMachine and UpdateStateMachine that would do nothing here. */
function refuseOptions(request: JsonObject): void {
  const type = oneOf(request, 'type', TYPES);
  if (type === 'EXPRESS') throw faults.typeNotSupported(type);
  if (request.publish === true || request.versionDescription !== undefined)
    throw faults.unsupported('Publishing versions');
  const { loggingConfiguration: logging, tracingConfiguration: tracing, encryptionConfiguration: encryption } = request;
  if (isObject(logging) && logging.level !== undefined && logging.level !== 'OFF') {
    throw new ServiceError(
      'InvalidLoggingConfiguration',
      `Invalid Logging Configuration: level '${logging.level}' is not supported`,
    );
  }
  if (isObject(tracing) && tracing.enabled === true) {
    throw new ServiceError('InvalidTracingConfiguration', 'Invalid Tracing Configuration: tracing is not supported');
  }
  if (isObject(encryption) && !isDeepStrictEqual(encryption, { type: 'AWS_OWNED_KEY' })) {
    throw new ServiceError(
      'InvalidEncryptionConfiguration',
      'Invalid Encryption Configuration: only AWS_OWNED_KEY is supported',
    );
  }
}

/** Answers without definition and payloads are for machines with keys of their own, which this engine does not have. */
function refuseMetadataOnly(request: JsonObject): void {
  if (request.includedData === 'METADATA_ONLY') throw faults.unsupported("The option 'includedData' METADATA_ONLY");
}

function validateDefinition(request: JsonObject): JsonObject {
  const definition = requiredText(request, 'definition', { max: DEFINITION.max });
  const type = oneOf(request, 'type', TYPES);
  if (type === 'EXPRESS') throw faults.typeNotSupported(type);
  oneOf(request, 'severity', ['ERROR', 'WARNING']);
  const size = pageSize(request, 100, 100);
  const { diagnostics } = compileDefinition(definition);
  return {
    result: diagnostics.length === 0 ? 'OK' : 'FAIL',
    diagnostics: diagnostics.slice(0, size),
    truncated: diagnostics.length > size,
  };
}
