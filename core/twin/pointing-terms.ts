import type { PointingTerm } from '../records/observatory/pointing.ts';
import { DEG_TO_RAD } from '../units.ts';

/** How the tube stands to its mount, as far as the terms of a pointing model ask. Degrees. */
export interface MountPlace {
  /** Hour angle (west positive) or azimuth (from north through east). */
  longitudeDeg: number;
  /** Declination or altitude. */
  latitudeDeg: number;
  siteLatitudeDeg: number;
}

/** What one arcsec of a term does, arcsec on the sky: along growing hour angle or azimuth, and along growing declination or altitude. */
export interface TermEffect {
  along: number;
  across: number;
}

/**
 * Effect of a term: what the mount's coordinates read more than the true ones. The formulas are those of TPOINT (Wallace 1994,
 * "TPOINT: telescope pointing analysis system", Starlink User Note 100, section on the standard terms), each change of hour angle
 * or azimuth times cos(latitude), so that none is infinite at the pole:
 * - IH, IA, ID, IE: zero points. In azimuth TPOINT counts the error towards the west: -IA;
 * - CH, CA: collimation, the optical axis is not square to the declination (altitude) axis; NP, NPAE: nor that to the other one;
 * - ME, MA: the polar axis is out in altitude, in azimuth; AN, AW: the azimuth axis leans in the meridian, across it;
 * - TF: the tube sags, away from the zenith, with the sine of the zenith distance.
 */
export function termEffect(term: PointingTerm, kind: 'altAz' | 'equatorial', at: MountPlace): TermEffect {
  const longitude = at.longitudeDeg * DEG_TO_RAD;
  const latitude = at.latitudeDeg * DEG_TO_RAD;
  const siteLatitude = at.siteLatitudeDeg * DEG_TO_RAD;
  const [sinL, cosL] = [Math.sin(longitude), Math.cos(longitude)];
  const [sin, cos] = [Math.sin(latitude), Math.cos(latitude)];
  switch (term) {
    case 'IH':
      return { along: cos, across: 0 };
    case 'ID':
    case 'IE':
      return { along: 0, across: 1 };
    case 'CH':
      return { along: 1, across: 0 };
    case 'NP':
      return { along: sin, across: 0 };
    case 'ME':
      return { along: sinL * sin, across: cosL };
    case 'MA':
      return { along: -cosL * sin, across: sinL };
    case 'IA':
      return { along: -cos, across: 0 };
    case 'CA':
      return { along: -1, across: 0 };
    case 'NPAE':
      return { along: -sin, across: 0 };
    case 'AN':
      return { along: -sinL * sin, across: -cosL };
    case 'AW':
      return { along: -cosL * sin, across: sinL };
    case 'TF':
      return kind === 'altAz'
        ? { along: 0, across: -cos }
        : {
            along: Math.cos(siteLatitude) * sinL,
            across: Math.cos(siteLatitude) * cosL * sin - Math.sin(siteLatitude) * cos,
          };
  }
}

/**
 * How far a leaning axis turns the field, arcsec per arcsec of the term, counted from growing latitude towards falling longitude
 * (on the sky: from north through east, or from up to the left). For a rotation of the sphere it is the change of longitude
 * over sin(latitude). Infinite at the pole, where a position angle means nothing.
 */
export function termRotation(term: PointingTerm, at: MountPlace): number {
  const longitude = at.longitudeDeg * DEG_TO_RAD;
  const cos = Math.cos(at.latitudeDeg * DEG_TO_RAD);
  switch (term) {
    case 'ME':
      return Math.sin(longitude) / cos;
    case 'MA':
    case 'AW':
      return -Math.cos(longitude) / cos;
    case 'AN':
      return -Math.sin(longitude) / cos;
    default:
      return 0;
  }
}
