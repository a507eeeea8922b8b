import { ENVIRONMENT, TABLES } from '../../core/names.ts';

/** Name of a table: its plain name behind the deployment's prefix, which may be empty. */
export function tableName(table: keyof typeof TABLES): string {
  return `${process.env[ENVIRONMENT.tablePrefix] ?? ''}${TABLES[table]}`;
}

/** The wall clock, for paced nights alone: observatory time comes in the payload. */
export const wallClockMs = (): number => Date.now();
