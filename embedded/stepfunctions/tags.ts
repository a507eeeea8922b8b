import { ServiceError } from '../errors.ts';
import { faults } from './faults.ts';
import type { Operation } from './operations.ts';
import { requiredText } from './requests.ts';
import type { Store } from './store.ts';
import { isObject, type JsonObject } from './values.ts';

/** Most tags that a machine may have (AWS quota). */
const MOST_TAGS = 50;
const KEY = { min: 1, max: 128 };
const VALUE = { max: 256 };
const ARN = { min: 1, max: 256 };

export interface Tags {
  /** The tags of a request. Throws ServiceError for what are none, or too many. */
  tagsOf(request: JsonObject): Map<string, string>;
  /** Gives a resource the tags beside those that it has. Throws ServiceError TooManyTags. */
  add(resourceArn: string, tags: Map<string, string>): void;
  /** Takes all tags of a resource that goes. */
  drop(resourceArn: string): void;
  operations: Record<string, Operation>;
}

/** Tags of state machines. */
export function newTags(store: Store): Tags {
  store.createTables(
    'create table if not exists tags (resourceArn text, name text, value text, primary key (resourceArn, name)) without rowid',
  );
  const all = store.statement('select name, value from tags where resourceArn = ? order by name');
  const put = store.statement('insert or replace into tags (resourceArn, name, value) values (?, ?, ?)');
  const dropOne = store.statement('delete from tags where resourceArn = ? and name = ?');
  const dropAll = store.statement('delete from tags where resourceArn = ?');

  function tagsOf({ tags }: JsonObject): Map<string, string> {
    if (tags !== undefined && !Array.isArray(tags)) throw faults.validation("Value at 'tags' must be a list");
    const found = new Map<string, string>();
    for (const tag of tags ?? []) {
      if (!isObject(tag)) throw faults.validation("Each member of 'tags' must be an object");
      found.set(requiredText(tag, 'key', KEY), requiredText(tag, 'value', VALUE));
    }
    return found;
  }

  function add(resourceArn: string, tags: Map<string, string>): void {
    const keys = new Set([...all.all(resourceArn).map(({ name }) => String(name)), ...tags.keys()]);
    if (keys.size > MOST_TAGS) {
      throw new ServiceError(
        'TooManyTags',
        `Too many tags: '${resourceArn}' would have ${keys.size}, at most ${MOST_TAGS} are allowed`,
      );
    }
    for (const [key, value] of tags) put.run(resourceArn, key, value);
  }

  /** The ARN of a machine that is there; tags of anything else are not served. */
  function resourceArn(request: JsonObject): string {
    const arn = requiredText(request, 'resourceArn', ARN);
    if (!arn.startsWith('arn:')) throw faults.invalidArn(`Invalid ARN prefix: ${arn}`);
    if (store.machine(arn)) return arn;
    throw new ServiceError('ResourceNotFound', `Resource not found: '${arn}'`);
  }

  return {
    tagsOf,
    add,
    drop: (arn) => void dropAll.run(arn),
    operations: {
      TagResource(request) {
        const arn = resourceArn(request);
        if (!Array.isArray(request.tags)) throw faults.validation("Value null at 'tags' must not be null");
        add(arn, tagsOf(request));
        return {};
      },
      UntagResource(request) {
        const arn = resourceArn(request);
        if (!Array.isArray(request.tagKeys)) throw faults.validation("Value null at 'tagKeys' must not be null");
        for (const key of request.tagKeys) dropOne.run(arn, String(key));
        return {};
      },
      ListTagsForResource(request) {
        const tags = all.all(resourceArn(request));
        return { tags: tags.map(({ name, value }) => ({ key: name, value })) };
      },
    },
  };
}
