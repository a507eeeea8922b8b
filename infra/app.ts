import { App } from 'aws-cdk-lib';
import { InvalidSettings } from './config.ts';
import { addStage } from './stage.ts';

const app = new App();
try {
  addStage(app);
  app.synth();
} catch (error) {
  if (!(error instanceof InvalidSettings)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
