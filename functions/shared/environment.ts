import { ENVIRONMENT, TABLES } from '../../core/names.ts';

/** The environment is not set up as the functions need it. */
export class EnvironmentIncomplete extends Error {
  constructor(variable: string) {
    super(
      `environment variable ${variable} is not set; deploy the functions with it, or start them through the engine`,
    );
    this.name = 'EnvironmentIncomplete';
  }
}

/** Name of the bucket that holds every file. */
export function bucketName(): string {
  const name = process.env[ENVIRONMENT.bucket];
  if (!name) throw new EnvironmentIncomplete(ENVIRONMENT.bucket);
  return name;
}

/** Name of a table: its plain name behind the deployment's prefix, which may be empty. */
export function tableName(table: keyof typeof TABLES): string {
  return `${process.env[ENVIRONMENT.tablePrefix] ?? ''}${TABLES[table]}`;
}

/** The wall clock, for paced nights alone: observatory time comes in the payload. */
export const wallClockMs = (): number => Date.now();
