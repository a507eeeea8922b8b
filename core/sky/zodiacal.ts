import { DEG_TO_RAD, RAD_TO_DEG } from '../units.ts';
import { wrapDeg } from './angles.ts';
import type { Vector3 } from './earth.ts';

/** A direction seen from the Earth with respect to the Sun and the ecliptic. */
export interface EclipticPlace {
  /** Ecliptic longitude less the Sun's, degrees, folded into 0 to 180. */
  fromSunDeg: number;
  /** Ecliptic latitude without its sign, degrees, 0 to 90. */
  latitudeDeg: number;
}

/**
 * Zodiacal light at 500 nm, 1e-8 W m^-2 sr^-1 um^-1: Leinert et al. 1998, A&AS 127, 1, table 17. Rows by longitude from the Sun,
 * columns by latitude. Within 15 degrees of the Sun the table is empty; the nearest value stands there.
 */
const LATITUDES = [0, 5, 10, 15, 20, 25, 30, 45, 60, 75, 90];
const LONGITUDES = [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 60, 75, 90, 105, 120, 135, 150, 165, 180];
const RADIANCE = [
  [11500, 6780, 4740, 3140, 1610, 985, 640, 275, 150, 100, 77],
  [11500, 6780, 4740, 2940, 1540, 945, 625, 271, 150, 100, 77],
  [11500, 6780, 4740, 2470, 1370, 865, 590, 264, 148, 100, 77],
  [11500, 6780, 3440, 1860, 1110, 755, 525, 251, 146, 100, 77],
  [6400, 4480, 2410, 1410, 910, 635, 454, 237, 141, 99, 77],
  [3840, 2830, 1730, 1100, 749, 545, 410, 223, 136, 97, 77],
  [2480, 1870, 1220, 845, 615, 467, 365, 207, 131, 95, 77],
  [1650, 1270, 910, 680, 510, 397, 320, 193, 125, 93, 77],
  [1180, 940, 700, 530, 416, 338, 282, 179, 120, 92, 77],
  [910, 730, 555, 442, 356, 292, 250, 166, 116, 90, 77],
  [505, 442, 352, 292, 243, 209, 183, 134, 104, 86, 77],
  [338, 317, 269, 227, 196, 172, 151, 116, 93, 82, 77],
  [259, 251, 225, 193, 166, 147, 132, 104, 86, 79, 77],
  [212, 210, 197, 170, 150, 133, 119, 96, 82, 77, 77],
  [188, 186, 177, 154, 138, 125, 113, 90, 77, 74, 77],
  [179, 178, 166, 147, 134, 122, 110, 90, 77, 73, 77],
  [179, 178, 165, 148, 137, 127, 116, 96, 79, 72, 77],
  [196, 192, 179, 165, 151, 141, 131, 104, 82, 72, 77],
  [230, 212, 195, 178, 163, 148, 134, 105, 83, 72, 77],
];

/** Zodiacal light outside the air at 500 nm, 1e-8 W m^-2 sr^-1 um^-1, linear between the places of the table. */
export function zodiacalRadiance({ fromSunDeg, latitudeDeg }: EclipticPlace): number {
  const [row, down] = between(LONGITUDES, fromSunDeg);
  const [column, across] = between(LATITUDES, latitudeDeg);
  const along = (i: number) => RADIANCE[i][column] + across * (RADIANCE[i][column + 1] - RADIANCE[i][column]);
  return along(row) + down * (along(row + 1) - along(row));
}

/**
 * Zodiacal light outside the air, V mag per square arcsec, with the colour correction for a wavelength: redder than the Sun by 0.9
 * log10(wavelength / 500 nm) below 500 nm and 0.6 above, at 90 degrees from the Sun and more; 1.2 and 0.8 at 30 and less (Leinert
 * et al. 1998, equation 22). One star of V 10 per square degree is 1.28 units of the table, 27.78 mag per square arcsec.
 */
export function zodiacalMag(place: EclipticPlace, wavelengthNm: number): number {
  const redder = Math.log10(wavelengthNm / 500);
  const [near, far] = wavelengthNm < 500 ? [1.2, 0.9] : [0.8, 0.6];
  const elongationDeg =
    Math.acos(Math.cos(place.fromSunDeg * DEG_TO_RAD) * Math.cos(place.latitudeDeg * DEG_TO_RAD)) * RAD_TO_DEG;
  const share = Math.min(1, Math.max(0, (elongationDeg - 30) / 60));
  const colour = 1 + (near + share * (far - near)) * redder;
  return 27.78 - 2.5 * Math.log10((zodiacalRadiance(place) / 1.28) * colour);
}

/** The place in the ecliptic of J2000 with respect to the Sun, of two ICRS directions (degrees). */
export function eclipticOf(
  place: { raDeg: number; decDeg: number },
  sun: { raDeg: number; decDeg: number },
): EclipticPlace {
  const target = ecliptic(place);
  const away = wrapDeg(target.longitudeDeg - ecliptic(sun).longitudeDeg);
  return { fromSunDeg: away > 180 ? 360 - away : away, latitudeDeg: Math.abs(target.latitudeDeg) };
}

/** Obliquity of the ecliptic at J2000, IAU 2006. */
const OBLIQUITY_DEG = 84381.406 / 3600;

function ecliptic({ raDeg, decDeg }: { raDeg: number; decDeg: number }) {
  const cosDec = Math.cos(decDeg * DEG_TO_RAD);
  const [x, y, z]: Vector3 = [
    cosDec * Math.cos(raDeg * DEG_TO_RAD),
    cosDec * Math.sin(raDeg * DEG_TO_RAD),
    Math.sin(decDeg * DEG_TO_RAD),
  ];
  const [cos, sin] = [Math.cos(OBLIQUITY_DEG * DEG_TO_RAD), Math.sin(OBLIQUITY_DEG * DEG_TO_RAD)];
  return {
    longitudeDeg: Math.atan2(cos * y + sin * z, x) * RAD_TO_DEG,
    latitudeDeg: Math.atan2(cos * z - sin * y, Math.hypot(x, cos * y + sin * z)) * RAD_TO_DEG,
  };
}

/** The last place not above a value, and the share of the way to the next. */
function between(places: readonly number[], value: number): [number, number] {
  const inside = Math.min(places[places.length - 1], Math.max(places[0], value));
  const index = Math.min(
    places.length - 2,
    places.findLastIndex((place) => place <= inside),
  );
  return [index, (inside - places[index]) / (places[index + 1] - places[index])];
}
