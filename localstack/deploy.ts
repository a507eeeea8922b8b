import { runCommand } from './command.ts';
import { BUCKET, deployApp } from './deploy-app.ts';
import { LocalstackUnusable, whoAnswers } from './place.ts';

/** Deploys the CDK app to LocalStack, and says what is there then. */
await runCommand(async ({ place, say, signal }) => {
  if ((await whoAnswers(place)) !== 'localstack') {
    throw new LocalstackUnusable(`no LocalStack answers on ${place.endpoint}; start it first: npm run localstack:up`);
  }
  const { machines, functions, tables, bootstrapS, deployS } = await deployApp(place, 'inherit', signal);
  say(
    `\nDeployed to ${place.endpoint} in ${(bootstrapS + deployS).toFixed(0)} s (bootstrap ${bootstrapS.toFixed(0)} s):`,
  );
  say(`  machines   ${machines.join(', ')}`);
  say(`  functions  ${functions.join(', ')}`);
  say(`  tables     ${tables.join(', ')}`);
  say(`  bucket     ${BUCKET}`);
  say(`Next: AWS_ENDPOINT_URL=${place.endpoint} npm run night -- --engine localstack`);
});
