import { ArnFormat, type Stack } from 'aws-cdk-lib';
import {
  BUS,
  bucketName,
  type FunctionName,
  type MachineName,
  START_NIGHT_ROLE,
  scheduleRuleName,
  stagePrefix,
  TABLES,
} from '../core/names.ts';

/** Names and ARNs of one stage. The names are fixed, so one stack knows the other's without importing its outputs. */
export class StageNames {
  readonly prefix: string;
  readonly bucket: string;
  readonly bus: string;
  readonly startNightRole: string;
  readonly #stack: Stack;

  constructor(stack: Stack, stageName: string) {
    this.#stack = stack;
    this.prefix = stagePrefix(stageName);
    this.bucket = bucketName(stageName, stack.account, stack.region);
    this.bus = `${this.prefix}${BUS}`;
    this.startNightRole = `${this.prefix}${START_NIGHT_ROLE}`;
  }

  table = (table: keyof typeof TABLES): string => `${this.prefix}${TABLES[table]}`;
  function = (name: FunctionName): string => `${this.prefix}${name}`;
  machine = (name: MachineName): string => `${this.prefix}${name}`;
  scheduleRule = (site: string): string => scheduleRuleName(this.prefix, site);

  tableArn = (table: keyof typeof TABLES): string =>
    this.#stack.formatArn({ service: 'dynamodb', resource: 'table', resourceName: this.table(table) });

  bucketArn = (): string =>
    this.#stack.formatArn({
      service: 's3',
      region: '',
      account: '',
      resource: this.bucket,
      arnFormat: ArnFormat.NO_RESOURCE_NAME,
    });

  objectArn = (keyPattern: string): string => `${this.bucketArn()}/${keyPattern}`;

  busArn = (): string => this.#stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: this.bus });

  machineArn = (name: MachineName): string => this.#states('stateMachine', this.machine(name));

  /** All executions of a machine: their names are not known before they start. */
  executionsArn = (name: MachineName): string => this.#states('execution', `${this.machine(name)}:*`);

  #states = (resource: string, resourceName: string): string =>
    this.#stack.formatArn({ service: 'states', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
}
