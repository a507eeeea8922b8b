import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { TABLES } from '../../core/names.ts';
import { openEngine } from '../../embedded/engine.ts';

/** Every record of a world, by table, in the order of their text. No other process may use the world meanwhile. */
export async function tables(world: string): Promise<Record<string, unknown[]>> {
  const engine = await openEngine({ directory: world, functions: [], version: 'test' });
  try {
    const client = DynamoDBDocumentClient.from(
      new DynamoDBClient({
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        endpoint: 'http://embedded.localhost',
        requestHandler: engine.requestHandler,
      }),
    );
    const found: Record<string, unknown[]> = {};
    for (const TableName of Object.values(TABLES)) {
      const items: unknown[] = [];
      let from: Record<string, unknown> | undefined;
      do {
        const page = await client.send(new ScanCommand({ TableName, ExclusiveStartKey: from }));
        items.push(...(page.Items ?? []));
        from = page.LastEvaluatedKey;
      } while (from);
      const text = (item: unknown) => JSON.stringify(item);
      found[TableName] = items.sort((a, b) => (text(a) < text(b) ? -1 : 1));
    }
    return found;
  } finally {
    await engine.close();
  }
}
