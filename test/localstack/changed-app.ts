import { readFileSync } from 'node:fs';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { addStage } from '../../infra/stage.ts';
import { ROOT } from '../../localstack/place.ts';

/** The app as the next version might be: every function is deployed anew. */
const { context } = JSON.parse(readFileSync(path.join(ROOT, 'cdk.json'), 'utf8'));
const stages = { localstack: { ...context.stages.localstack, logLevel: 'ERROR' } };
const app = new App({ postCliContext: { stages } });
addStage(app);
app.synth();
