/** A process for the tests to kill: it counts up two items in one transaction after the other, and says when it has begun. */
import { systemClock as clock } from '../../../embedded/clock.ts';
import { openDynamoDb } from '../../../embedded/dynamodb/service.ts';

const options = { directory: process.argv[2]!, clock, region: 'us-east-1', accountId: '000000000000' };
const { service } = await openDynamoDb(options);

async function send(operation: string, input: object): Promise<void> {
  const headers = { 'x-amz-target': `DynamoDB_20120810.${operation}` };
  const body = Buffer.from(JSON.stringify(input));
  const answer = await service({ method: 'POST', path: '/', query: new URLSearchParams(), headers, body });
  if (answer.status !== 200) throw new Error(String(answer.body));
}

await send('CreateTable', {
  TableName: 'Nights',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
});
const count = (id: string) => ({
  Update: {
    TableName: 'Nights',
    Key: { id: { S: id } },
    UpdateExpression: 'ADD n :one',
    ExpressionAttributeValues: { ':one': { N: '1' } },
  },
});
for (let done = 1; ; done += 1) {
  await send('TransactWriteItems', { TransactItems: [count('a'), count('b')] });
  process.stdout.write(`${done}\n`);
}
