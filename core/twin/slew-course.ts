import type { Axis, Observatory } from '../records/observatory.ts';
import { type Move, movedDeg, moveOf } from './axis.ts';
import type { AxisTurn, Slew } from './mount.ts';

/** Where the axes stand at one instant of a slew, degrees: as AxisTurn counts them. An axis that a telescope lacks is absent. */
export type AxisPositions = Partial<Record<AxisTurn['axis'], number>>;

/**
 * The course of every axis through a slew. An axis turns from the beginning on, as quick as it can, and then waits for the
 * others; the part that it shares with the sky goes on evenly.
 */
export function slewCourse(
  observatory: Observatory,
  slew: Pick<Slew, 'durationS' | 'turns'>,
): { at(elapsedS: number): AxisPositions } {
  const moves: [AxisTurn, Move][] = slew.turns.map((turn) => [
    turn,
    moveOf(turn.turnDeg, axisOf(observatory, turn.axis)),
  ]);
  return {
    at(elapsedS) {
      const share = slew.durationS > 0 ? Math.min(1, Math.max(0, elapsedS / slew.durationS)) : 1;
      return Object.fromEntries(
        moves.map(([{ axis, fromDeg, turnDeg, driftDeg }, move]) => [
          axis,
          fromDeg + Math.sign(turnDeg) * movedDeg(move, elapsedS) + share * driftDeg,
        ]),
      );
    },
  };
}

function axisOf({ mount, telescope, dome }: Observatory, axis: AxisTurn['axis']): Axis {
  switch (axis) {
    case 'longitude':
      return mount.longitudeAxis;
    case 'latitude':
      return mount.latitudeAxis;
    case 'rotator':
      return telescope.rotator?.axis ?? mount.longitudeAxis;
    case 'domeAzimuth':
      return dome.azimuthAxis;
    case 'domeAltitude':
      return dome.altitudeAxis ?? dome.azimuthAxis;
  }
}
