import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Target } from '../core/records/programme.ts';

const DATA = path.resolve(import.meta.dirname, '../data');
/** How many names are suggested for one that is not known. */
const SUGGESTED = 5;

interface CatalogueRow {
  name: string;
  aliases: string[];
  common: string[];
  ra: number;
  dec: number;
}

/**
 * A place on the sky as a person names it: `M31`, `NGC 1275`, `Orion Nebula`, or right ascension and declination in degrees,
 * `83.82,-5.39`, or sexagesimal, `5:35:17,-5:23:28` (hours and degrees). Undefined after adding to `faults`.
 */
export function readTarget(text: string, faults: string[]): Target | undefined {
  const place = text.includes(',') ? placeOf(text) : undefined;
  if (place) return place;
  const rows = ['galaxies.json', 'clusters.json'].flatMap(
    (file) => JSON.parse(readFileSync(path.join(DATA, file), 'utf8')) as CatalogueRow[],
  );
  const wanted = plain(text);
  const namesOf = ({ name, aliases, common }: CatalogueRow) => [name, ...aliases, ...common];
  const found = rows.find((row) => namesOf(row).some((name) => plain(name) === wanted));
  if (found) return { name: text, raDeg: found.ra, decDeg: found.dec };
  const near = rows
    .flatMap(namesOf)
    .filter((name) => plain(name).startsWith(wanted.slice(0, Math.max(3, wanted.length - 2))))
    .slice(0, SUGGESTED);
  faults.push(
    `target: unknown target "${text}"; give the name of a galaxy, cluster or nebula (M31, NGC 1275${near.length > 0 ? `; near: ${near.join(', ')}` : ''}) or a place: 10.68,41.27 (degrees) or 0:42:44,41:16:09`,
  );
  return undefined;
}

/** Letters and digits only, without leading zeros of numbers: `NGC 0224` and `ngc224` are one name. */
const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/(\D)0+(?=\d)/g, '$1');

function placeOf(text: string): Target | undefined {
  const [ra, dec, ...more] = text.split(',').map((part) => part.trim());
  const isSexagesimal = ra.includes(':') || dec.includes(':');
  const raDeg = isSexagesimal ? 15 * sexagesimal(ra) : Number(ra || Number.NaN);
  const decDeg = isSexagesimal ? sexagesimal(dec) : Number(dec || Number.NaN);
  if (more.length > 0 || !(raDeg >= 0 && raDeg < 360 && Math.abs(decDeg) <= 90)) return undefined;
  return { name: text.replace(/\s/g, ''), raDeg, decDeg };
}

/** `-5:23:28.5` as a number of degrees or hours; NaN when it is none. */
function sexagesimal(text: string): number {
  const match = /^([+-]?)(\d{1,3}):([0-5]?\d)(?::([0-5]?\d(?:\.\d*)?))?$/.exec(text);
  if (!match) return Number.NaN;
  const [, sign, whole, minutes, seconds = '0'] = match;
  return (sign === '-' ? -1 : 1) * (Number(whole) + Number(minutes) / 60 + Number(seconds) / 3600);
}
