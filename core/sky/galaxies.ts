import { separationDeg } from './angles.ts';
import { InvalidCatalogue } from './stars.ts';

/** A galaxy of data/galaxies.json (OpenNGC). */
export interface Galaxy {
  name: string;
  /** Messier, NGC, IC, UGC, PGC numbers and names in use. */
  aliases: readonly string[];
  /** ICRS, degrees. */
  raDeg: number;
  decDeg: number;
  /** Johnson V of the whole galaxy. */
  vMag: number;
  /** B - V; NaN when either is not measured. */
  bMinusV: number;
  /** Diameters of the isophote of 25 B mag per square arcsec, arcmin. */
  majorArcmin: number;
  minorArcmin: number;
  /** Of the major axis, from north through east, degrees. */
  positionAngleDeg: number;
  /** Hubble type; undefined when unknown. */
  type: string | undefined;
}

export interface GalaxyCatalogue {
  count: number;
  /** Galaxies whose centre lies within `radiusDeg` of a place (ICRS, degrees), brightest first. */
  cone(raDeg: number, decDeg: number, radiusDeg: number): Galaxy[];
}

/**
 * Opens the parsed JSON of data/galaxies.json. Throws InvalidCatalogue for a row without a name or with a number that is
 * missing or out of range.
 */
export function openGalaxies(json: unknown): GalaxyCatalogue {
  if (!Array.isArray(json)) throw new InvalidCatalogue(`galaxies: got ${typeof json}; must be an array of objects`);
  const galaxies = json.map(galaxyOf).sort((a, b) => a.vMag - b.vMag);
  return {
    count: galaxies.length,
    cone(raDeg, decDeg, radiusDeg) {
      return galaxies.filter(
        (each) =>
          Math.abs(each.decDeg - decDeg) <= radiusDeg &&
          separationDeg(raDeg, decDeg, each.raDeg, each.decDeg) <= radiusDeg,
      );
    },
  };
}

function galaxyOf(row: unknown, index: number): Galaxy {
  const fields = (row ?? {}) as Record<string, unknown>;
  const { name, aliases, common, b, vFrom, type } = fields;
  if (typeof name !== 'string')
    throw new InvalidCatalogue(`galaxies[${index}].name: got ${JSON.stringify(name)}; must be a text`);
  const number = (field: string, min: number, max: number): number => {
    const value = fields[field];
    if (typeof value === 'number' && value >= min && value <= max) return value;
    throw new InvalidCatalogue(
      `galaxies[${index}].${field} of ${name}: got ${JSON.stringify(value)}; must be ${min} to ${max}`,
    );
  };
  const vMag = number('v', 0, 20);
  return {
    name,
    aliases: [aliases, common].flatMap((list) => (Array.isArray(list) ? list.map(String) : [])),
    raDeg: number('ra', 0, 360),
    decDeg: number('dec', -90, 90),
    vMag,
    // A V that was itself made from B or K says nothing about the colour.
    bMinusV: typeof b === 'number' && vFrom === 'V' ? b - vMag : Number.NaN,
    majorArcmin: number('maj', 0, 1000),
    minorArcmin: number('min', 0, 1000),
    positionAngleDeg: number('pa', 0, 180),
    type: typeof type === 'string' ? type : undefined,
  };
}
