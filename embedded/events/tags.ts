import { faults } from './faults.ts';
import { checkMembers, type JsonObject, TAGS } from './members.ts';
import type { Operation, OperationContext } from './operations.ts';

/** Tags of a request, by key. */
export function tagsOf(request: JsonObject): Record<string, string> {
  const tags = (request.Tags ?? []) as { Key: string; Value: string }[];
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

const ARN = { type: 'string', required: true, min: 1, max: 1600 } as const;

/** Operations on the tags of rules and buses. */
export function tagOperations({ store, busArn, requireBus, requireRule }: OperationContext): Record<string, Operation> {
  /** The resource's ARN, once it is known that there is such a rule or bus. */
  function resourceArn(request: JsonObject): string {
    const arn = request.ResourceARN as string;
    const [kind, ...names] = arn.split(':').slice(5).join(':').split('/');
    if (kind === 'event-bus' && names.length === 1) return busArn(requireBus(names[0]).name);
    if (kind === 'rule' && (names.length === 1 || names.length === 2)) {
      const bus = requireBus(names.length === 2 ? names[0] : undefined);
      requireRule(bus.name, names.at(-1)!);
      return arn;
    }
    throw faults.validation('Parameter ResourceARN is not valid. Reason: Provided Arn is not in correct format.');
  }

  return {
    ListTagsForResource(request) {
      checkMembers(request, { ResourceARN: ARN });
      const tags = Object.entries(store.tags(resourceArn(request)));
      return { Tags: tags.map(([Key, Value]) => ({ Key, Value })) };
    },
    TagResource(request) {
      checkMembers(request, { ResourceARN: ARN, Tags: { ...TAGS, required: true } });
      const arn = resourceArn(request);
      store.saveTags(arn, { ...store.tags(arn), ...tagsOf(request) });
      return {};
    },
    UntagResource(request) {
      const TagKeys = { type: 'list', required: true, each: { type: 'string', min: 1, max: 128 } } as const;
      checkMembers(request, { ResourceARN: ARN, TagKeys });
      const arn = resourceArn(request);
      const kept = Object.entries(store.tags(arn)).filter(([key]) => !(request.TagKeys as string[]).includes(key));
      store.saveTags(arn, Object.fromEntries(kept));
      return {};
    },
  };
}
