import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

export const ROOT = path.resolve(import.meta.dirname, '..');

/** Names become parts of night ids, S3 keys and rule names; the last may have 64 characters, prefix and all. */
const name = (maxLength: number) =>
  z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be of A-Z a-z 0-9 . _ - and begin with a letter or digit')
    .max(maxLength);

/** A file of the checkout that is named without folder and ending: `la-palma` is observatories/la-palma.json. */
const fileIn = (folder: 'observatories' | 'programmes') =>
  name(64).refine((file) => existsSync(path.join(ROOT, folder, `${file}.json`)), {
    error: ({ input }) => `there is no file ${folder}/${input}.json`,
  });

/** For checks across fields: they run even when single fields are faulty, so that every fault is told at once. */
const EVEN_WHEN_FAULTY = {
  when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null,
};

const days = z.int().min(1).max(36_500);

/** A site whose nights begin by themselves. */
const site = z.strictObject({
  /** Names the rule and the nights: `<name>-<dayObs>`. */
  name: name(32),
  observatory: fileIn('observatories'),
  programme: fileIn('programmes'),
  /** A schedule that is not enabled is deployed and starts nothing. */
  enabled: z.boolean().default(false),
  seed: z.int().min(0).max(0xffffffff).default(1),
  /** Nights of one campaign continue each other's requests; without one, open-night's own rule holds. */
  campaign: name(64).optional(),
  /** Pace by the wall clock, 1 is real time; without it the night goes by as fast as the machine can. */
  speed: z.number().positive().max(100_000).optional(),
  /** When to start instead of at local mean noon, in UTC: six fields as EventBridge has them. */
  cron: z
    .string()
    .regex(/^cron\(\S+( \S+){5}\)$/, 'must be cron(minutes hours day-of-month month day-of-week year), in UTC')
    .optional(),
});

const stage = z
  .strictObject({
    /** In front of every name of the deployment. Bucket names are made of it, so lower case. */
    name: z.string().regex(/^[a-z][a-z0-9-]{0,18}[a-z0-9]$/, 'must be 2 to 20 of a-z 0-9 - and begin with a letter'),
    /** What happens to tables and buckets when they leave the stack. */
    removalPolicy: z.enum(['retain', 'destroy']),
    /** How long logs are kept: one of the values that CloudWatch Logs has. */
    logRetentionDays: z.literal([
      1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 3653,
    ]),
    /** What the functions log. */
    logLevel: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
    /** Full execution logs of the machines in CloudWatch Logs, beside the history that Step Functions keeps. */
    machineLogs: z.boolean(),
    /** X-Ray traces of machines and functions. */
    tracing: z.boolean(),
    /** Versions and aliases: a night that runs during a deployment keeps the definitions and the code it began with. */
    versions: z.boolean(),
    /** A CloudWatch dashboard of the nights. */
    dashboard: z.boolean(),
    /** Age at which frames move to cheaper storage. They can be read at once all the same. */
    rawToInfrequentAccessDays: days.min(
      30,
      'S3 keeps objects at least 30 days before they may go to infrequent access',
    ),
    rawToGlacierDays: days,
    /** Who is told when a night fails; the address gets a letter to confirm. */
    alarmEmail: z.email().optional(),
    sites: z.array(site),
  })
  .refine(({ rawToInfrequentAccessDays, rawToGlacierDays }) => !(rawToGlacierDays < rawToInfrequentAccessDays + 30), {
    ...EVEN_WHEN_FAULTY,
    path: ['rawToGlacierDays'],
    message: 'must be at least 30 days after rawToInfrequentAccessDays, which S3 bills in any case',
  })
  .refine(({ sites }) => !Array.isArray(sites) || new Set(sites.map((each) => each?.name)).size === sites.length, {
    ...EVEN_WHEN_FAULTY,
    path: ['sites'],
    message: 'two sites have the same name; each names its own rule and nights',
  });

export type StageSettings = z.infer<typeof stage>;
export type SiteSettings = StageSettings['sites'][number];

/** The settings in cdk.json are not what the stacks can be built from; the message has every fault. */
export class InvalidSettings extends Error {
  readonly faults: readonly string[];

  constructor(where: string, faults: readonly string[]) {
    super(
      `${where} cannot be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}\ndocs/deploy.md says what may stand there.`,
    );
    this.name = 'InvalidSettings';
    this.faults = faults;
  }
}

/**
 * The settings of one stage out of the context `stages` of cdk.json.
 * @param key which of them, as `-c stage=<key>` names it. Throws InvalidSettings with every fault.
 */
export function readSettings(stages: unknown, key: string): StageSettings {
  const known = typeof stages === 'object' && stages !== null ? Object.keys(stages) : [];
  if (!known.includes(key)) {
    throw new InvalidSettings('the context of cdk.json', [
      `stages has no "${key}"; choose one with -c stage=<name>: ${known.join(', ') || '(there is none)'}`,
    ]);
  }
  const result = stage.safeParse((stages as Record<string, unknown>)[key]);
  if (result.success) return result.data;
  throw new InvalidSettings(`stages.${key} in cdk.json`, result.error.issues.map(describeIssue));
}

function describeIssue({ path: at, message }: z.core.$ZodIssue): string {
  const where = at
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  return where ? `${where}: ${message}` : message;
}

/** East longitude of an observatory in degrees. Throws InvalidSettings when its file does not say. */
export function longitudeDegOf(observatory: string): number {
  const file = `observatories/${observatory}.json`;
  const { site } = JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')) as { site?: { longitudeDeg?: unknown } };
  const longitudeDeg = site?.longitudeDeg;
  if (typeof longitudeDeg !== 'number' || Math.abs(longitudeDeg) > 180) {
    throw new InvalidSettings(file, [
      `site.longitudeDeg must be a number from -180 to 180, east positive (got ${longitudeDeg})`,
    ]);
  }
  return longitudeDeg;
}
