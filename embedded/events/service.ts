import type { Clock } from '../clock.ts';
import { ServiceError } from '../errors.ts';
import type { Service, ServiceRequest } from '../http.ts';
import { parseJson } from '../json.ts';
import { type JsonProtocol, jsonAnswer, jsonFault, operationName, parseJsonBody } from '../json-protocol.ts';
import type { ExecutionRecord } from '../stepfunctions/store.ts';
import { busOperations } from './buses.ts';
import { newDeliverer, type TargetServices } from './delivery.ts';
import { type BusEvent, DEFAULT_BUS, type EventContent, newEvent } from './event.ts';
import { executionStatusEvent } from './execution-status.ts';
import { faults } from './faults.ts';
import { checkMembers, type JsonObject } from './members.ts';
import { newContext, type Operation } from './operations.ts';
import { putEvents } from './put-events.ts';
import { checkedPattern, ruleOperations } from './rules.ts';
import { nextAfter, parseSchedule } from './schedule-expression.ts';
import { startScheduler } from './scheduler.ts';
import { openEventStore, type RuleRecord } from './store.ts';
import { tagOperations } from './tags.ts';
import { targetOperations } from './targets.ts';

/** A scheduled rule has reached one of its targets. */
export interface ScheduleFired {
  ruleName: string;
  targetArn: string;
  /** Of a state machine. */
  executionName: string | undefined;
}

export interface EventsOptions {
  /** `events.sqlite` lives here; the folder must exist. */
  directory: string;
  clock: Clock;
  region: string;
  /** Twelve digits. */
  accountId: string;
  services: Omit<TargetServices, 'forward'>;
  /** Whether rules with a schedule fire. */
  fireSchedules: boolean;
  onScheduleFired?: ((fired: ScheduleFired) => void) | undefined;
}

export interface Events {
  service: Service;
  /** Puts `Step Functions Execution Status Change` on the default bus. Never throws. */
  executionChanged(execution: ExecutionRecord): void;
  /** Puts an event of another service of this engine on the default bus. Throws ServiceError once closed. */
  publish(content: EventContent): void;
  /** Ends schedules and deliveries, and closes the store. Nothing is delivered afterwards. */
  close(): Promise<void>;
}

const PROTOCOL: JsonProtocol = { target: 'AWSEvents.', version: '1.1', internalError: 'InternalException' };

const log = (line: string) => void process.stderr.write(`EventBridge: ${line}\n`);

/**
 * Opens the embedded EventBridge: the AWS JSON 1.1 API over buses, rules and targets that are kept in
 * `<directory>/events.sqlite`. Events themselves are kept nowhere: what is on its way when the process ends is lost.
 * Throws what SQLite says when the folder cannot be used.
 */
export function openEvents(options: EventsOptions): Events {
  const { clock, region, accountId, fireSchedules, onScheduleFired } = options;
  const store = openEventStore(options.directory);
  let open = true;
  const now = () => clock.now();
  const context = newContext({ store, now, region, accountId });
  if (!store.bus(DEFAULT_BUS)) {
    store.saveBus({ name: DEFAULT_BUS, description: null, createdMs: now(), modifiedMs: now() });
  }

  const forward = (busArn: string, event: BusEvent, hops: number) => route(context.busName(busArn), event, hops);
  const deliverer = newDeliverer({ clock, region, accountId, services: { ...options.services, forward }, log });

  /** Hands an event to the targets of a rule. */
  function passOn(rule: RuleRecord, event: BusEvent, hops: number, onDelivered?: (fired: ScheduleFired) => void): void {
    const passage = { ruleArn: context.ruleArn(rule.bus, rule.name), ruleName: rule.name, ingestionMs: now() };
    for (const target of store.targets(rule.bus, rule.name, '', Number.MAX_SAFE_INTEGER)) {
      deliverer.deliver({ event, target, passage, hops }, (executionName) =>
        onDelivered?.({ ruleName: rule.name, targetArn: target.arn, executionName }),
      );
    }
  }

  /** Hands an event to the rules of a bus that want it. */
  function route(bus: string, event: BusEvent, hops: number): void {
    for (const rule of store.patternRules(bus)) {
      if (checkedPattern(rule.eventPattern!)(event)) passOn(rule, event, hops);
    }
  }

  function publish(bus: string | undefined, content: EventContent): string {
    const event = newEvent(content, { region, accountId });
    route(context.busName(bus), event, 1);
    return event.id;
  }

  function fire(rule: RuleRecord, dueMs: number): void {
    const resources = [context.ruleArn(rule.bus, rule.name)];
    const content = { source: 'aws.events', detailType: 'Scheduled Event', timeMs: dueMs, resources, detail: {} };
    // A scheduled event is its rule's own: no other rule sees it.
    passOn(rule, newEvent(content, { region, accountId }), 1, onScheduleFired);
  }

  const scheduler = fireSchedules
    ? startScheduler({
        clock,
        log,
        upcoming: (doneMs) =>
          store.scheduledRules().flatMap((rule) => {
            const id = `${rule.bus} ${rule.name} ${rule.scheduledFromMs}`;
            const afterMs = Math.max(doneMs(id), rule.scheduledFromMs);
            const dueMs = nextAfter(parseSchedule(rule.scheduleExpression!), afterMs, rule.scheduledFromMs);
            return dueMs === undefined ? [] : [{ id, dueMs, fire: () => fire(rule, dueMs) }];
          }),
      })
    : undefined;

  const operations: Record<string, Operation> = {
    ...busOperations(context),
    ...ruleOperations(context, () => scheduler?.refresh()),
    ...targetOperations(context),
    ...tagOperations(context),
    PutEvents: (request) => putEvents(request, now(), publish),
    TestEventPattern: testEventPattern,
  };

  return {
    service: async (request) => {
      try {
        if (!open) throw new ServiceError('ServiceUnavailable', 'The engine has been closed', 503);
        return jsonAnswer(PROTOCOL, operationOf(operations, request)(parseJsonBody(request)));
      } catch (cause) {
        return jsonFault(PROTOCOL, cause);
      }
    },
    publish(content) {
      if (!open) throw new ServiceError('ServiceUnavailable', 'The engine has been closed', 503);
      publish(DEFAULT_BUS, content);
    },
    executionChanged(execution) {
      if (!open) return;
      try {
        publish(DEFAULT_BUS, executionStatusEvent(execution, now()));
      } catch (cause) {
        log(`The status of ${execution.arn} is not told. ${cause instanceof Error ? cause.message : cause}`);
      }
    },
    async close() {
      if (!open) return;
      open = false;
      scheduler?.close();
      await deliverer.close();
      store.close();
    },
  };
}

/** What an event must have to be tested (API reference, TestEventPattern). */
const EVENT_FIELDS = ['id', 'account', 'source', 'time', 'region', 'detail-type'];

function testEventPattern(request: JsonObject): JsonObject {
  checkMembers(request, {
    EventPattern: { type: 'string', required: true, max: 4096 },
    Event: { type: 'string', required: true },
  });
  let event: unknown;
  try {
    event = parseJson(request.Event as string);
  } catch {
    throw faults.validation('Parameter Event is not valid.');
  }
  const isEvent =
    typeof event === 'object' && event !== null && EVENT_FIELDS.every((field) => Object.hasOwn(event as object, field));
  if (!isEvent) throw faults.validation('Parameter Event is not valid.');
  return { Result: checkedPattern(request.EventPattern as string)(event) };
}

function operationOf(operations: Record<string, Operation>, request: ServiceRequest): Operation {
  const name = operationName(PROTOCOL, request);
  if (!Object.hasOwn(operations, name)) throw faults.unknownOperation(request.headers['x-amz-target'] ?? '');
  return operations[name]!;
}
