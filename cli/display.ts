import cliProgress from 'cli-progress';
import pc from 'picocolors';
import { MACHINES, type MachineName } from '../core/names.ts';
import type { ReducedRecord } from '../core/records/calibration.ts';
import type { NightEvent } from '../core/records/night.ts';

/** The state that each running execution of a night is in, by machine. */
export type MachineStates = Partial<Record<MachineName, string>>;

/** How a night is shown while it runs. */
export interface Display {
  begin(nightId: string, framesAsked: number, framesDone: number): void;
  event(event: NightEvent): void;
  /** Told of each frame that was reduced after the night. */
  reduced(frame: ReducedRecord): void;
  /** Told when a state changes. */
  states(states: MachineStates): void;
  note(text: string): void;
  end(): void;
}

export type DisplayKind = 'bar' | 'lines' | 'json';

export function createDisplay(kind: DisplayKind, out: NodeJS.WriteStream): Display {
  if (kind === 'json') return jsonDisplay(out);
  return kind === 'bar' ? barDisplay(out) : lineDisplay(out);
}

const clock = (event: NightEvent): string => `${event.beginAt.slice(0, 10)} ${event.beginAt.slice(11, 19)} UTC`;
/** From the outermost machine to the innermost; parents stand after children in MACHINES. */
const statesText = (states: MachineStates): string =>
  MACHINES.toReversed()
    .flatMap((machine) => (states[machine] ? [`${machine}: ${states[machine]}`] : []))
    .join(' > ');
/** How many frames a decision to take calibrations adds to those that were asked for. */
export const framesOfSet = ({ kind, details }: NightEvent): number =>
  kind === 'decision' ? ((details?.set as { count?: number } | undefined)?.count ?? 0) : 0;
/** `noc1_o_20261121_000046_r_red.fits  COMPLETE, grade A, zero point 21.638 mag, seeing 2.53 arcsec`. */
function reducedText({ file, status, missing, grade, zeroPointMag, seeingArcsec }: ReducedRecord): string {
  const measured = [
    status === 'COMPLETE' ? status : `${status} without ${missing.join(', ')}`,
    `grade ${grade}`,
    ...(zeroPointMag === undefined ? [] : [`zero point ${zeroPointMag.toFixed(3)} mag`]),
    ...(seeingArcsec === undefined ? [] : [`seeing ${seeingArcsec.toFixed(2)} arcsec`]),
  ];
  return `${file.key.slice(file.key.lastIndexOf('/') + 1)}  ${measured.join(', ')}`;
}
const sun = (event: NightEvent): string => `Sun ${event.sunAltitudeDeg.toFixed(1)} deg`;

/** One JSON object a line, for machines. */
function jsonDisplay(out: NodeJS.WriteStream): Display {
  const write = (value: object) => out.write(`${JSON.stringify(value)}\n`);
  return {
    begin: (nightId, framesAsked, framesDone) => write({ type: 'begin', nightId, framesAsked, framesDone }),
    event: ({ item: _, ...event }) => write({ type: 'event', ...event }),
    reduced: ({ item: _, sheet: __, steps: ___, ...frame }) => write({ type: 'reduced', ...frame }),
    states: (states) => write({ type: 'state', ...states }),
    note: (text) => write({ type: 'note', text }),
    end: () => {},
  };
}

/** One line an event, for files and pipes. */
function lineDisplay(out: NodeJS.WriteStream): Display {
  let asked = 0;
  let done = 0;
  return {
    begin(nightId, framesAsked, framesDone) {
      asked = framesAsked;
      done = framesDone;
      out.write(`night ${nightId}: ${framesAsked} frames asked, ${framesDone} done before\n`);
    },
    event(event) {
      if (event.kind === 'exposure') done++;
      asked += framesOfSet(event);
      out.write(
        `${clock(event)}  ${sun(event).padEnd(14)}  ${String(done).padStart(String(asked).length)}/${asked}  ${event.message}\n`,
      );
    },
    reduced: (frame) => out.write(`reduced  ${reducedText(frame)}\n`),
    states(states) {
      const text = statesText(states);
      if (text) out.write(`${' '.repeat(25)}${text}\n`);
    },
    note: (text) => out.write(`${text}\n`),
    end: () => {},
  };
}

interface BarPayload {
  clock?: string;
  sun?: string;
  /** The state of the innermost machine. */
  state?: string;
  doing?: string;
}

/** A bar that stays at the bottom of a terminal: frames done, the night's clock, the Sun, and what is being done. */
function barDisplay(out: NodeJS.WriteStream): Display {
  const bar = new cliProgress.SingleBar(
    {
      stream: out,
      format: (options, params, payload: BarPayload) => {
        const share = params.total > 0 ? params.value / params.total : 0;
        const width = 20;
        const filled = Math.round(share * width);
        const drawn = `${(options.barCompleteString ?? '').slice(0, filled)}${(options.barIncompleteString ?? '').slice(0, width - filled)}`;
        const text = `${payload.clock ?? ''}  ${payload.sun ?? ''}  [${drawn}] ${params.value}/${params.total}  ${payload.state ? `${payload.state}  ` : ''}${payload.doing ?? ''}`;
        return text.slice(0, Math.max(20, (out.columns ?? 100) - 1));
      },
      barCompleteChar: '#',
      barIncompleteChar: '.',
      hideCursor: true,
      linewrap: false,
      fps: 20,
      gracefulExit: false,
    },
    cliProgress.Presets.legacy,
  );
  let [asked, done] = [0, 0];
  let payload: BarPayload = {};
  return {
    begin(nightId, framesAsked, framesDone) {
      [asked, done] = [framesAsked, framesDone];
      out.write(
        `${pc.bold(`Night ${nightId}`)}: ${framesAsked} frames asked${framesDone ? `, ${framesDone} done before` : ''}\n`,
      );
      bar.start(asked, done, payload);
    },
    event(event) {
      if (event.kind === 'exposure') done++;
      asked += framesOfSet(event);
      bar.setTotal(asked);
      payload = { ...payload, clock: clock(event), sun: sun(event), doing: event.message };
      bar.update(done, payload);
    },
    reduced(frame) {
      payload = { ...payload, doing: reducedText(frame) };
      bar.update(done, payload);
    },
    states(states) {
      payload = { ...payload, state: MACHINES.flatMap((machine) => states[machine] ?? [])[0] ?? '' };
      bar.update(done, payload);
    },
    note(text) {
      bar.stop();
      out.write(`${pc.yellow(text)}\n`);
      bar.start(asked, done, payload);
    },
    end: () => bar.stop(),
  };
}
