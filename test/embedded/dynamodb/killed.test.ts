import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import * as Db from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { systemClock as clock } from '../../../embedded/clock.ts';
import { openDynamoDb } from '../../../embedded/dynamodb/service.ts';
import { createRequestHandler } from '../../../embedded/request-handler.ts';
import { clients, newDirectory } from '../support.ts';

it('a killed process leaves all of a transaction or nothing, and everything that was acknowledged', async () => {
  const directory = await newDirectory();
  const program = new URL('killed-writer.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  for await (const chunk of child.stdout) {
    output += chunk;
    if (output.split('\n').length > 50) break;
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
  const acknowledged = Number(output.split('\n').at(-2));

  const { service, close } = await openDynamoDb({ directory, clock, region: 'us-east-1', accountId: '000000000000' });
  const { dynamodb } = clients({ requestHandler: createRequestHandler(service) });
  const TransactItems = ['a', 'b'].map((id) => ({ Get: { TableName: 'Nights', Key: { id: { S: id } } } }));
  const { Responses } = await dynamodb.send(new Db.TransactGetItemsCommand({ TransactItems }));
  const [a, b] = Responses!.map(({ Item }) => Number(Item?.n?.N));
  await close();
  await rm(directory, { recursive: true, force: true });
  expect(a).toBe(b);
  expect(a).toBeGreaterThanOrEqual(acknowledged);
});
