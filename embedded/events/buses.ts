import { DEFAULT_BUS } from './event.ts';
import { faults } from './faults.ts';
import { BUS_NAME, checkMembers, type JsonObject, PAGING, page, pageStart, TAGS } from './members.ts';
import { type Operation, type OperationContext, present } from './operations.ts';
import type { BusRecord } from './store.ts';
import { tagsOf } from './tags.ts';

const MOST_PER_PAGE = 100;

/** Operations on event buses. */
export function busOperations(context: OperationContext): Record<string, Operation> {
  const { store, now, busArn, requireBus } = context;

  const describe = (bus: BusRecord) =>
    present({
      Name: bus.name,
      Arn: busArn(bus.name),
      Description: bus.description,
      CreationTime: bus.createdMs / 1000,
      LastModifiedTime: bus.modifiedMs / 1000,
    });

  return {
    CreateEventBus(request) {
      checkMembers(request, {
        Name: { type: 'string', required: true, min: 1, max: 256, pattern: '[/\\.\\-_A-Za-z0-9]+' },
        Description: { type: 'string', max: 512 },
        Tags: TAGS,
      });
      const name = request.Name as string;
      if (name.includes('/')) {
        throw faults.validation('Event bus name must not contain "/": only partner event buses have it.');
      }
      if (store.bus(name)) throw faults.busExists(name);
      const description = (request.Description as string | undefined) ?? null;
      const createdMs = now();
      store.change(() => {
        store.saveBus({ name, description, createdMs, modifiedMs: createdMs });
        store.saveTags(busArn(name), tagsOf(request));
      });
      return present({ EventBusArn: busArn(name), Description: description });
    },

    DeleteEventBus(request) {
      checkMembers(request, { Name: { type: 'string', required: true, min: 1, max: 256, pattern: BUS_NAME.pattern! } });
      const name = context.busName(request.Name as string);
      if (name === DEFAULT_BUS) throw faults.validation('Cannot delete event bus default.');
      if (store.rules(name, { prefix: '', afterName: '', limit: 1 }).length > 0) {
        throw faults.validation(`Event bus ${name} cannot be deleted since it has rules.`);
      }
      store.change(() => {
        store.deleteBus(name);
        store.saveTags(busArn(name), {});
      });
      return {};
    },

    DescribeEventBus(request) {
      checkMembers(request, { Name: BUS_NAME });
      return describe(requireBus(request.Name as string | undefined));
    },

    ListEventBuses(request) {
      checkMembers(request, { NamePrefix: { type: 'string', min: 1, max: 256 }, ...PAGING });
      const limit = (request.Limit as number | undefined) ?? MOST_PER_PAGE;
      const prefix = (request.NamePrefix as string | undefined) ?? '';
      const listing = `buses ${prefix}`;
      const found = store.buses({ prefix, afterName: pageStart(request, listing), limit: limit + 1 });
      const { items, ...token } = page(found, limit, listing, ({ name }) => name);
      return { EventBuses: items.map(describe), ...token };
    },
  } satisfies Record<string, (request: JsonObject) => JsonObject>;
}
