import path from 'node:path';
import { isoOf } from '../core/time.ts';
import { InvalidSchedule, nextAfter, parseSchedule } from '../embedded/events/schedule-expression.ts';
import { utcText } from './local-time.ts';
import type { ScheduleFiles } from './schedule-files.ts';
import type { StartTemplate } from './schedule-input.ts';
import type { Maker, Schedule } from './schedules.ts';
import type { EngineName, Session } from './session.ts';

/** A schedule for people and machines. */
export interface Shown {
  name: string;
  ruleName: string;
  state: 'ENABLED' | 'DISABLED';
  expression: string | null;
  madeBy: Maker;
  /** Ids; null where the file cannot be read, and `troubles` says why. */
  observatoryId: string | null;
  programmeId: string | null;
  campaign: string | null;
  start: StartTemplate | null;
  /** When the rule fires next if it is enabled: null for one that has a rate, or never fires again. */
  nextFireAt: string | null;
  /** How often a rule with a rate fires: `hour`, `5 minutes`. */
  firesEvery: string | null;
  troubles: string[];
}

/** What a person wants to know of a rule, with what its files say where they can be read. */
export async function describe(files: ScheduleFiles, schedule: Schedule, nowMs: number): Promise<Shown> {
  const { name, ruleName, isEnabled, expression, madeBy, start } = schedule;
  const observatory = start && (await files.observatory(start.observatory));
  const programme = start && (await files.programme(start.programme));
  const { id: _id, time: _time, ...template } = start ?? {};
  return {
    name,
    ruleName,
    state: isEnabled ? 'ENABLED' : 'DISABLED',
    expression: expression ?? null,
    madeBy,
    observatoryId: observatory?.value?.id ?? null,
    programmeId: programme?.value?.id ?? null,
    campaign: start ? (start.campaign ?? name) : null,
    start: start ? (template as StartTemplate) : null,
    ...firing(expression, nowMs),
    troubles: start
      ? [observatory?.trouble, programme?.trouble].filter((trouble) => trouble !== undefined)
      : ['it has no target with an input that this version reads; it may start nothing'],
  };
}

/** What is known of when a rule fires next: an instant, or how often. */
function firing(text: string | undefined, nowMs: number): Pick<Shown, 'nextFireAt' | 'firesEvery'> {
  const unknown = { nextFireAt: null, firesEvery: null };
  if (text === undefined) return unknown;
  try {
    const expression = parseSchedule(text);
    if (expression.kind === 'rate') return { nextFireAt: null, firesEvery: expression.every };
    const nextMs = nextAfter(expression, nowMs);
    return nextMs === undefined ? unknown : { nextFireAt: isoOf(nextMs), firesEvery: null };
  } catch (error) {
    // Made by somebody else, with something that EventBridge takes and this version does not know.
    if (error instanceof InvalidSchedule) return unknown;
    throw error;
  }
}

/** `2026-11-21 13:12 UTC`, `every hour`; a dash for a rule that is not going to fire, or nobody knows when. */
function sayFiring({ state, nextFireAt, firesEvery }: Shown): string {
  if (state === 'DISABLED') return '-';
  if (nextFireAt !== null) return `${utcText(Date.parse(nextFireAt))} UTC`;
  return firesEvery === null ? '-' : `every ${firesEvery}`;
}

const MAKERS: Record<Maker, string> = {
  command: 'nocturne schedule add',
  stack: 'the stack (cdk.json)',
  other: 'somebody else',
};

/** Two lines of a list, and what could not be read. */
export function sayListed(shown: Shown): string {
  const { name, state, expression, observatoryId, programmeId, campaign, madeBy, troubles } = shown;
  const unread = '(cannot be read)';
  return [
    `${name.padEnd(24)} ${state.toLowerCase().padEnd(8)} ${(expression ?? '(waits for events)').padEnd(24)} next ${sayFiring(shown)}`,
    `  observatory ${observatoryId ?? unread}, programme ${programmeId ?? unread}, campaign ${campaign ?? unread}; made by ${MAKERS[madeBy]}`,
    ...troubles.map((trouble) => `  ${trouble}`),
    '',
  ].join('\n');
}

/** What `add` has made of a schedule. */
export function sayAdded(change: string, shown: Shown, { engine }: Session, out: string): string {
  const { name, ruleName, state, expression, firesEvery } = shown;
  const fires =
    state === 'DISABLED'
      ? `It starts nothing until \`nocturne schedule enable ${name}\`.`
      : `It fires ${firesEvery === null ? 'next at ' : ''}${sayFiring(shown)}.`;
  return [
    `schedule ${name} is ${change}: rule ${ruleName}, ${expression}, ${state.toLowerCase()}`,
    `${fires} \`nocturne schedule next ${name}\` shows its nights.`,
    state === 'ENABLED' ? serveNote(engine, out) : '',
  ].join('\n');
}

/** The embedded engine is there only while a process runs it. */
export const serveNote = (engine: EngineName, out: string): string =>
  engine === 'embedded' ? `Nights start while \`nocturne serve\` runs on ${path.resolve(out)}.\n` : '';
