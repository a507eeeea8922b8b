import { DEFAULT_BUS } from './event.ts';
import { faults } from './faults.ts';
import { BUS_NAME, checkMembers, type JsonObject, PAGING, page, pageStart, RULE_NAME, TAGS } from './members.ts';
import { type Operation, type OperationContext, present } from './operations.ts';
import { PatternFault } from './pattern-values.ts';
import { compilePattern, type Pattern } from './patterns.ts';
import { InvalidSchedule, parseSchedule } from './schedule-expression.ts';
import type { RuleRecord, RuleState } from './store.ts';
import { tagsOf } from './tags.ts';

const STATES: RuleState[] = ['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'];
const MOST_PER_PAGE = 100;

/** Patterns by their texts: every event meets those of its bus. */
const compiled = new Map<string, Pattern>();
const MOST_COMPILED = 1000;

/** Compiles a pattern. Throws InvalidEventPatternException. */
export function checkedPattern(text: string): Pattern {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  try {
    const pattern = compilePattern(text);
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    compiled.set(text, pattern);
    return pattern;
  } catch (cause) {
    throw cause instanceof PatternFault ? faults.invalidPattern(cause.message) : cause;
  }
}

function checkSchedule(expression: string, bus: string): void {
  if (bus !== DEFAULT_BUS) {
    throw faults.validation('ScheduleExpression is supported only on the default event bus.');
  }
  try {
    parseSchedule(expression);
  } catch (cause) {
    if (!(cause instanceof InvalidSchedule)) throw cause;
    throw faults.validation('Parameter ScheduleExpression is not valid.');
  }
}

/** Operations on rules; `changed` is called when a schedule may have changed. */
export function ruleOperations(context: OperationContext, changed: () => void): Record<string, Operation> {
  const { store, now, accountId, ruleArn, requireBus, requireRule } = context;

  const describe = (rule: RuleRecord) =>
    present({
      Name: rule.name,
      Arn: ruleArn(rule.bus, rule.name),
      EventPattern: rule.eventPattern,
      State: rule.state,
      Description: rule.description,
      ScheduleExpression: rule.scheduleExpression,
      RoleArn: rule.roleArn,
      EventBusName: rule.bus,
    });

  /** The rule that a request names by `Name` and `EventBusName`. */
  function ruleAt(request: JsonObject): RuleRecord {
    checkMembers(request, { Name: RULE_NAME, EventBusName: BUS_NAME });
    return requireRule(requireBus(request.EventBusName as string | undefined).name, request.Name as string);
  }

  function setState(rule: RuleRecord, state: RuleState): JsonObject {
    if (rule.state !== state) store.saveRule({ ...rule, state, scheduledFromMs: now() });
    changed();
    return {};
  }

  return {
    PutRule(request) {
      checkMembers(request, {
        Name: RULE_NAME,
        ScheduleExpression: { type: 'string', max: 256 },
        EventPattern: { type: 'string', max: 4096 },
        State: { type: 'string', values: STATES },
        Description: { type: 'string', max: 512 },
        RoleArn: { type: 'string', min: 1, max: 1600 },
        Tags: TAGS,
        EventBusName: BUS_NAME,
      });
      const bus = requireBus(request.EventBusName as string | undefined).name;
      const name = request.Name as string;
      // An empty text is as good as none, as on AWS.
      const eventPattern = (request.EventPattern as string | undefined) || null;
      const scheduleExpression = (request.ScheduleExpression as string | undefined) || null;
      if (eventPattern === null && scheduleExpression === null) {
        throw faults.validation('Parameter(s) EventPattern or ScheduleExpression must be specified.');
      }
      if (scheduleExpression !== null) checkSchedule(scheduleExpression, bus);
      if (eventPattern !== null) checkedPattern(eventPattern);
      const state = (request.State as RuleState | undefined) ?? 'ENABLED';
      const before = store.rule(bus, name);
      const goesOn = before?.scheduleExpression === scheduleExpression && before.state === state;
      store.change(() => {
        store.saveRule({
          bus,
          name,
          eventPattern,
          scheduleExpression,
          state,
          description: (request.Description as string | undefined) ?? null,
          roleArn: (request.RoleArn as string | undefined) ?? null,
          scheduledFromMs: goesOn ? before.scheduledFromMs : now(),
        });
        // Tags of a rule that is there already are left as they are, whatever the request says (API reference, PutRule).
        if (!before) store.saveTags(ruleArn(bus, name), tagsOf(request));
      });
      changed();
      return { RuleArn: ruleArn(bus, name) };
    },

    DescribeRule: (request) => ({ ...describe(ruleAt(request)), CreatedBy: accountId }),
    EnableRule: (request) => setState(ruleAt(request), 'ENABLED'),
    DisableRule: (request) => setState(ruleAt(request), 'DISABLED'),

    DeleteRule(request) {
      checkMembers(request, { Name: RULE_NAME, EventBusName: BUS_NAME, Force: { type: 'boolean' } });
      const bus = requireBus(request.EventBusName as string | undefined).name;
      const name = request.Name as string;
      if (store.targets(bus, name, '', 1).length > 0) {
        throw faults.validation("Rule can't be deleted since it has targets.");
      }
      store.change(() => {
        store.deleteRule(bus, name);
        store.saveTags(ruleArn(bus, name), {});
      });
      changed();
      return {};
    },

    ListRules(request) {
      checkMembers(request, { NamePrefix: { ...RULE_NAME, required: false }, EventBusName: BUS_NAME, ...PAGING });
      const bus = requireBus(request.EventBusName as string | undefined).name;
      const limit = (request.Limit as number | undefined) ?? MOST_PER_PAGE;
      const prefix = (request.NamePrefix as string | undefined) ?? '';
      const listing = `rules ${bus} ${prefix}`;
      const found = store.rules(bus, { prefix, afterName: pageStart(request, listing), limit: limit + 1 });
      const { items, ...token } = page(found, limit, listing, ({ name }) => name);
      return { Rules: items.map(describe), ...token };
    },
  };
}
