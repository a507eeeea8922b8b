import { itemAt, perform, tableOf, toAction } from './actions.ts';
import {
  actionOf,
  checkRequest,
  type Item,
  internals,
  type RequestData,
  type Store,
  type Validation,
  validationOf,
} from './dynalite.ts';
import {
  allOrNone,
  checkDistinct,
  checkSize,
  consumedCapacity,
  RETURN_CAPACITY,
  transactItemsType,
} from './transactions.ts';

interface Get extends RequestData {
  TableName: string;
  Key: Item;
}

const getItem = actionOf('GetItem');
const { types, custom: checkGet } = validationOf('GetItem');
const { TableName, Key, ProjectionExpression, ExpressionAttributeNames } = types;

const getType = {
  type: 'FieldStruct<Get>',
  notNull: true,
  children: { TableName, Key, ProjectionExpression, ExpressionAttributeNames },
};

const validation: Validation = {
  types: { ...RETURN_CAPACITY, ...transactItemsType('TransactGetItem', { Get: getType }) },
  custom(data, store) {
    for (const { Get } of data.TransactItems as { Get: Get }[]) {
      const refusal = checkGet?.(Get, store);
      if (refusal) return refusal;
    }
    return undefined;
  },
};

/** Checks a TransactGetItems. Throws a DynaliteFault. */
export const checkTransactGet = (data: unknown, store: Store) => checkRequest(validation, data, store);

/** TransactGetItems: all items as they are at one moment. */
export const transactGet = toAction(async (store, data) => {
  const gets = await Promise.all(
    (data.TransactItems as { Get: Get }[]).map(async ({ Get }) => ({
      data: Get,
      table: await tableOf(store, Get.TableName),
      key: Get.Key,
    })),
  );
  checkDistinct(gets);
  const answers = await allOrNone(gets.map((get) => perform(getItem, store, get.data)));
  const items = await Promise.all(gets.map(({ table, key }) => itemAt(store, table, key)));
  checkSize(items);
  const units = gets.map((get, index) => ({
    table: get.data.TableName,
    tableUnits: internals.capacityUnits(items[index], true, true),
  }));
  return {
    Responses: answers.map(({ Item }) => (Item === undefined ? {} : { Item })),
    ConsumedCapacity: consumedCapacity(data, 'Read', units),
  };
});
