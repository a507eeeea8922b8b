import type { NightInput } from '../core/records/night.ts';
import { faultTexts } from './fault-option.ts';
import type { EngineOptions, Session } from './session.ts';

export interface AgainOptions extends EngineOptions {
  /** As the person named them; where they did not, the night's own files are used. */
  observatory?: string;
  programme?: string;
  weather?: string;
}

/** The commands that continue a night: its own input, whatever was asked for this time. */
export function againCommands(
  session: Pick<Session, 'engine' | 'locate'>,
  input: NightInput,
  { observatory, programme, weather, engine, out, stage }: AgainOptions,
): string[] {
  const { nightId, seed, campaign, mode, faults } = input;
  const where =
    engine === 'embedded' ? [`--out ${quoted(out)}`] : [`--engine ${engine}`, ...(stage ? [`--stage ${stage}`] : [])];
  // The files of a deployed night must be fetched first.
  const isFetched = engine !== 'embedded' && (observatory === undefined || programme === undefined);
  const fileOf = (key: string): string => (engine === 'embedded' ? session.locate(key) : `${nightId}/${key}`);
  const again = [
    `--name ${nightId}`,
    `--observatory ${quoted(observatory ?? fileOf(input.observatory.key))}`,
    // The night's own file of the observatory has its weather in it.
    ...(observatory !== undefined && weather !== undefined ? [`--weather ${quoted(weather)}`] : []),
    `--programme ${quoted(programme ?? fileOf(input.programme.key))}`,
    `--night ${String(input.dayObs).replace(/(\d{4})(\d\d)(\d\d)/, '$1-$2-$3')}`,
    `--seed ${seed}`,
    ...(campaign === nightId ? [] : [`--campaign ${campaign}`]),
    ...(mode.kind === 'paced' ? [`--speed ${mode.speed}`] : []),
    ...faultTexts(faults).map((text) => `--fault ${text}`),
    ...where,
  ];
  return [
    ...(isFetched ? [`npm run nocturne -- files ${nightId} --kind inputs --to ${nightId} ${where.join(' ')}`] : []),
    `npm run night -- ${again.join(' ')}`,
  ];
}

/** A word as a shell takes it. */
const quoted = (word: string): string => (/^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
