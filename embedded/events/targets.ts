import { parseJson } from '../json.ts';
import { faults } from './faults.ts';
import {
  BUS_NAME,
  checkMembers,
  type JsonObject,
  type Members,
  NAME,
  PAGING,
  page,
  pageStart,
  RULE_NAME,
} from './members.ts';
import { type Operation, type OperationContext, present } from './operations.ts';
import type { InputTransformer, RetryPolicy, TargetRecord } from './store.ts';
import { checkTemplate, parsePath, unknownPlaceholders } from './target-input.ts';

/** Targets of one rule (EventBridge quota). */
const MOST_TARGETS = 5;
const MOST_PER_PAGE = 100;

const TARGET_ARN = { type: 'string', required: true, min: 1, max: 1600 } as const;

const TARGET: Members = {
  Id: { type: 'string', required: true, min: 1, max: 64, pattern: NAME },
  Arn: TARGET_ARN,
  RoleArn: { type: 'string', min: 1, max: 1600 },
  Input: { type: 'string', max: 8192 },
  InputPath: { type: 'string', max: 256 },
  InputTransformer: {
    type: 'structure',
    members: {
      InputPathsMap: { type: 'map', each: { type: 'string', max: 256 } },
      InputTemplate: { type: 'string', required: true, min: 1, max: 8192 },
    },
  },
  RetryPolicy: {
    type: 'structure',
    members: {
      MaximumRetryAttempts: { type: 'integer', min: 0, max: 185 },
      MaximumEventAgeInSeconds: { type: 'integer', min: 60, max: 86_400 },
    },
  },
};

/** A target's request as PutTargets takes it, once its members are checked. */
interface TargetRequest {
  Id: string;
  Arn: string;
  RoleArn?: string;
  Input?: string;
  InputPath?: string;
  InputTransformer?: InputTransformer;
  RetryPolicy?: RetryPolicy;
}

export type TargetKind = 'stateMachine' | 'function' | 'bus';

/** What an ARN of this engine names; undefined for anything that it cannot deliver to. */
export function targetKind(
  arn: string,
  { region, accountId }: { region: string; accountId: string },
): TargetKind | undefined {
  const own = `${region}:${accountId}`;
  if (arn.startsWith(`arn:aws:states:${own}:stateMachine:`)) return 'stateMachine';
  if (arn.startsWith(`arn:aws:lambda:${own}:function:`)) return 'function';
  if (arn.startsWith(`arn:aws:events:${own}:event-bus/`)) return 'bus';
  return undefined;
}

/** Operations on the targets of rules. */
export function targetOperations(context: OperationContext): Record<string, Operation> {
  const { store, requireBus, requireRule } = context;

  /** The rule that a request names by `Rule` and `EventBusName`. */
  const ruleAt = (request: JsonObject) =>
    requireRule(requireBus(request.EventBusName as string | undefined).name, request.Rule as string);

  const describe = (target: TargetRecord) =>
    present({
      Id: target.id,
      Arn: target.arn,
      RoleArn: target.roleArn,
      Input: target.input,
      InputPath: target.inputPath,
      InputTransformer: target.inputTransformer,
      RetryPolicy: target.retryPolicy,
    });

  return {
    PutTargets(request) {
      checkMembers(request, {
        Rule: RULE_NAME,
        EventBusName: BUS_NAME,
        Targets: { type: 'list', required: true, min: 1, max: 100, each: { type: 'structure', members: TARGET } },
      });
      const rule = ruleAt(request);
      const targets = (request.Targets as TargetRequest[]).map((target) => targetOf(target, context));
      const known = store.targets(rule.bus, rule.name, '', MOST_TARGETS).map(({ id }) => id);
      if (new Set([...known, ...targets.map(({ id }) => id)]).size > MOST_TARGETS) throw faults.limitExceeded();
      store.change(() => {
        for (const target of targets) store.saveTarget(rule.bus, rule.name, target);
      });
      return { FailedEntryCount: 0, FailedEntries: [] };
    },

    RemoveTargets(request) {
      checkMembers(request, {
        Rule: RULE_NAME,
        EventBusName: BUS_NAME,
        Ids: { type: 'list', required: true, min: 1, max: 100, each: TARGET.Id! },
        Force: { type: 'boolean' },
      });
      const rule = ruleAt(request);
      const ids = request.Ids as string[];
      const unknown = store.change(() => ids.filter((id) => !store.deleteTarget(rule.bus, rule.name, id)));
      return {
        FailedEntryCount: unknown.length,
        FailedEntries: unknown.map((TargetId) => ({
          TargetId,
          ErrorCode: 'ResourceNotFoundException',
          ErrorMessage: `Rule '${rule.name}' does not have a target with the Id '${TargetId}'.`,
        })),
      };
    },

    ListTargetsByRule(request) {
      checkMembers(request, { Rule: RULE_NAME, EventBusName: BUS_NAME, ...PAGING });
      const rule = ruleAt(request);
      const limit = (request.Limit as number | undefined) ?? MOST_PER_PAGE;
      const listing = `targets ${rule.bus} ${rule.name}`;
      const found = store.targets(rule.bus, rule.name, pageStart(request, listing), limit + 1);
      const { items, ...token } = page(found, limit, listing, ({ id }) => id);
      return { Targets: items.map(describe), ...token };
    },

    ListRuleNamesByTarget(request) {
      checkMembers(request, { TargetArn: TARGET_ARN, EventBusName: BUS_NAME, ...PAGING });
      const bus = requireBus(request.EventBusName as string | undefined).name;
      const arn = request.TargetArn as string;
      const limit = (request.Limit as number | undefined) ?? MOST_PER_PAGE;
      const listing = `names ${bus} ${arn}`;
      const found = store.rulesOfTarget(bus, arn, pageStart(request, listing), limit + 1);
      const { items, ...token } = page(found, limit, listing, (name) => name);
      return { RuleNames: items, ...token };
    },
  };
}

/** The record of a target. Throws ValidationException for one that could not be delivered to. */
function targetOf(target: TargetRequest, context: OperationContext): TargetRecord {
  const { Id: id, Arn: arn, RoleArn, Input, InputPath, InputTransformer, RetryPolicy } = target;
  const kind = targetKind(arn, context);
  if (kind === undefined) {
    throw faults.validation(
      `Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format. The embedded EventBridge delivers to state machines, functions and event buses of account ${context.accountId} in ${context.region}.`,
    );
  }
  if (kind === 'stateMachine' && RoleArn == null) throw faults.validation(`RoleArn is required for target ${arn}.`);
  const inputs = [Input, InputPath, InputTransformer].filter((input) => input != null);
  if (inputs.length > 1) {
    throw faults.validation(`Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`);
  }
  if (kind === 'bus' && inputs.length > 0) {
    throw faults.validation(
      `Input, InputPath and InputTransformer are not supported for target ${id}: an event bus gets the event as it is.`,
    );
  }
  checkInputs(target);
  return {
    id,
    arn,
    ...(RoleArn != null && { roleArn: RoleArn }),
    ...(Input != null && { input: Input }),
    ...(InputPath != null && { inputPath: InputPath }),
    ...(InputTransformer != null && { inputTransformer: InputTransformer }),
    ...(RetryPolicy != null && { retryPolicy: RetryPolicy }),
  };
}

function checkInputs({ Id, Input, InputPath, InputTransformer }: TargetRequest): void {
  const check = (work: () => void, message: string) => {
    try {
      work();
    } catch (cause) {
      throw faults.validation(`${message}: ${(cause as Error).message}`);
    }
  };
  if (Input != null) check(() => parseJson(Input), `JSON syntax error in input for target ${Id}`);
  if (InputPath != null) check(() => parsePath(InputPath), `Invalid InputPath for target ${Id}`);
  if (InputTransformer == null) return;
  const { InputPathsMap, InputTemplate } = InputTransformer;
  const keys = Object.keys(InputPathsMap ?? {});
  const wrongKey = keys.find((key) => !/^[A-Za-z0-9_-]{1,256}$/.test(key) || /^aws/i.test(key));
  if (wrongKey !== undefined || keys.length > 100) {
    throw faults.validation(
      `Invalid InputPathsMap for target ${Id}: at most 100 keys of letters, digits, _ and -, not beginning with AWS; got ${wrongKey ?? `${keys.length} keys`}.`,
    );
  }
  for (const path of Object.values(InputPathsMap ?? {}))
    check(() => parsePath(path), `Invalid InputPath for target ${Id}`);
  const [unknown] = unknownPlaceholders(InputTemplate, keys);
  if (unknown !== undefined) {
    throw faults.validation(`InputTemplate for target ${Id} contains invalid placeholder ${unknown}.`);
  }
  check(() => checkTemplate(InputTemplate), `Invalid InputTemplate for target ${Id}`);
}
