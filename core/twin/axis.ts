import type { Axis } from '../records/observatory.ts';

/** A stretch of a move in which the jerk (without a limit of jerk: the acceleration) does not change. Values at its beginning. */
export interface MovePhase {
  durationS: number;
  movedDeg: number;
  speedDegPerS: number;
  accelerationDegPerS2: number;
  jerkDegPerS3: number;
}

/** A move of one axis from rest to rest, as quick as its limits allow. */
export interface Move {
  durationS: number;
  /** In order of time; phases of no duration are left out, so a move of 0 degrees has none. */
  phases: MovePhase[];
}

/**
 * The quickest move over a distance (degrees, either direction: only its size counts) within the axis's limits of speed,
 * acceleration and, where given, jerk: three phases without a limit of jerk, seven with it (Lewin 2007, "Mathematics of motion
 * control profiles"; the times agree with lsst/rubin_scheduler's `jerk_time`).
 */
export function moveOf(distanceDeg: number, axis: Axis): Move {
  const { jerkS, constantS, cruiseS } = phaseTimes(Math.abs(distanceDeg), axis);
  const jerk = axis.jerkDegPerS3;
  const acceleration = jerk === undefined ? axis.accelerationDegPerS2 : jerk * jerkS;
  const j = jerk ?? 0;
  const plan = [
    { durationS: jerkS, jerk: j, acceleration: 0 },
    { durationS: constantS, jerk: 0, acceleration },
    { durationS: jerkS, jerk: -j, acceleration },
    { durationS: cruiseS, jerk: 0, acceleration: 0 },
    { durationS: jerkS, jerk: -j, acceleration: 0 },
    { durationS: constantS, jerk: 0, acceleration: -acceleration },
    { durationS: jerkS, jerk: j, acceleration: -acceleration },
  ];
  const phases: MovePhase[] = [];
  let movedDeg = 0;
  let speedDegPerS = 0;
  for (const { durationS, jerk: jerkDegPerS3, acceleration: accelerationDegPerS2 } of plan) {
    if (durationS <= 0) continue;
    const phase = { durationS, movedDeg, speedDegPerS, accelerationDegPerS2, jerkDegPerS3 };
    phases.push(phase);
    movedDeg = movedInPhase(phase, durationS);
    speedDegPerS += durationS * (accelerationDegPerS2 + (durationS * jerkDegPerS3) / 2);
  }
  return { durationS: 4 * jerkS + 2 * constantS + cruiseS, phases };
}

/** Seconds that the quickest move over a distance in degrees takes. */
export function moveTimeS(distanceDeg: number, axis: Axis): number {
  const { jerkS, constantS, cruiseS } = phaseTimes(Math.abs(distanceDeg), axis);
  return 4 * jerkS + 2 * constantS + cruiseS;
}

/** Degrees covered `elapsedS` seconds after the beginning of a move: 0 before it, the whole distance after it. */
export function movedDeg(move: Move, elapsedS: number): number {
  let leftS = Math.max(0, elapsedS);
  let moved = 0;
  for (const phase of move.phases) {
    moved = movedInPhase(phase, Math.min(leftS, phase.durationS));
    leftS -= phase.durationS;
    if (leftS <= 0) break;
  }
  return moved;
}

function movedInPhase(phase: MovePhase, t: number): number {
  return (
    phase.movedDeg + t * (phase.speedDegPerS + t * (phase.accelerationDegPerS2 / 2 + (t * phase.jerkDegPerS3) / 6))
  );
}

/** Lengths of the phases: each of the four of changing acceleration, each of the two of constant one, the one of constant speed. */
function phaseTimes(distance: number, axis: Axis): { jerkS: number; constantS: number; cruiseS: number } {
  const { speedDegPerS: speed, accelerationDegPerS2: acceleration, jerkDegPerS3: jerk } = axis;
  // To reach full speed: the acceleration itself grows for jerkS, where the jerk is limited, and stays for constantS.
  let jerkS = jerk === undefined ? 0 : Math.min(acceleration / jerk, Math.sqrt(speed / jerk));
  let constantS = jerk !== undefined && jerkS < acceleration / jerk ? 0 : speed / acceleration - jerkS;
  // Speeding up and slowing down go at half the full speed on average.
  const cruise = distance - speed * (2 * jerkS + constantS);
  if (cruise >= 0) return { jerkS, constantS, cruiseS: cruise / speed };

  if (jerk !== undefined && distance < (2 * acceleration ** 3) / jerk ** 2) {
    return { jerkS: Math.cbrt(distance / (2 * jerk)), constantS: 0, cruiseS: 0 };
  }
  // Full acceleration but not full speed: distance = acceleration (jerkS + constantS) (2 jerkS + constantS).
  jerkS = jerk === undefined ? 0 : acceleration / jerk;
  constantS = Math.sqrt((jerkS * jerkS) / 4 + distance / acceleration) - 1.5 * jerkS;
  return { jerkS, constantS, cruiseS: 0 };
}
