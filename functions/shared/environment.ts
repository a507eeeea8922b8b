import { ENVIRONMENT, TABLES } from '../../core/names.ts';

/** Name of a table: its plain name behind the deployment's prefix, which may be empty. */
export function tableName(table: keyof typeof TABLES): string {
  return `${process.env[ENVIRONMENT.prefix] ?? ''}${TABLES[table]}`;
}

/** The bucket of this deployment. Throws when the function was deployed without one. */
export function bucket(): string {
  const name = process.env[ENVIRONMENT.bucket];
  if (!name) throw new Error(`the function has no ${ENVIRONMENT.bucket} in its environment; deploy Nocturne again`);
  return name;
}

/** Name of the event bus, when there is one. */
export const busName = (): string | undefined => process.env[ENVIRONMENT.bus];

/** The wall clock, for paced nights alone: observatory time comes in the payload. */
export const wallClockMs = (): number => Date.now();

/** Version of the functions of this deployment: a number where they are published as versions. */
export const functionVersion = (): string => process.env.AWS_LAMBDA_FUNCTION_VERSION ?? '$LATEST';
