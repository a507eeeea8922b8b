/** The passbands in which the observatory can tell a star's magnitude; AB magnitudes. */
export type Band = 'u' | 'g' | 'r' | 'i' | 'z' | 'y';

/** B-V taken where a star's is unknown: the median of the 228,546 stars of V 10 to 10.5 in data/stars.bin that have one. */
export const DEFAULT_B_MINUS_V = 0.7;

/**
 * Mean colours of dwarfs: B-V, U-B, Rc-Ic. Source: Pecaut & Mamajek 2013, ApJS 208, 9, table 5, in its version of 2024.05.15,
 * types B1 to M1 (redder than that the relations below do not hold; giants of B-V 1.6 have the Rc-Ic of an M1 dwarf).
 */
const DWARFS: readonly (readonly [bMinusV: number, uMinusB: number, rMinusI: number])[] = [
  [-0.278, -0.995, -0.21],
  [-0.178, -0.673, -0.112],
  [-0.109, -0.364, -0.06],
  [0.0, -0.005, 0.003],
  [0.1, 0.077, 0.058],
  [0.21, 0.091, 0.125],
  [0.295, 0.053, 0.173],
  [0.37, -0.008, 0.219],
  [0.44, -0.029, 0.254],
  [0.53, 0.001, 0.299],
  [0.595, 0.057, 0.332],
  [0.65, 0.133, 0.35],
  [0.73, 0.284, 0.382],
  [0.816, 0.436, 0.41],
  [0.884, 0.581, 0.438],
  [0.99, 0.801, 0.47],
  [1.09, 0.986, 0.547],
  [1.15, 1.081, 0.587],
  [1.24, 1.184, 0.661],
  [1.34, 1.222, 0.717],
  [1.42, 1.204, 0.877],
  [1.485, 1.172, 1.049],
];

/**
 * AB magnitude of a star, or of a galaxy's smooth light, in a band from its Johnson V and B-V (NaN when unknown).
 * g, r: Jester et al. 2005, AJ 130, 873, table 1, all stars with Rc-Ic < 1.15 (scatter 0.02 and 0.03 mag). u, i, z: the same
 * table's u-g, r-i, r-z with the U-B and Rc-Ic of a dwarf of this B-V (giants and reddened stars: 0.1 mag off, u more). y: from
 * z by a black body of the temperature of B-V (Ballesteros 2012, EPL 97, 34008). SDSS magnitudes are taken as AB (0.04 mag in u).
 */
export function bandMag(band: Band, vMag: number, bMinusV: number): number {
  const colour = Number.isNaN(bMinusV) ? DEFAULT_B_MINUS_V : bMinusV;
  const g = vMag + 0.6 * colour - 0.12;
  const r = vMag - 0.42 * colour + 0.11;
  const z = () => r - (1.72 * dwarfColour(colour, 2) - 0.41);
  switch (band) {
    case 'g':
      return g;
    case 'r':
      return r;
    case 'i':
      return r - (0.91 * dwarfColour(colour, 2) - 0.2);
    case 'u':
      return g + 1.28 * dwarfColour(colour, 1) + 1.13;
    case 'z':
      return z();
    case 'y':
      return z() + blackBodyMag(975.3, temperatureK(colour)) - blackBodyMag(868, temperatureK(colour));
  }
}

/** A dwarf's U-B (column 1) or Rc-Ic (column 2) at a B-V, linear between the rows and constant beyond them. */
function dwarfColour(bMinusV: number, column: 1 | 2): number {
  const above = DWARFS.findIndex((row) => row[0] >= bMinusV);
  if (above === 0) return DWARFS[0][column];
  if (above < 0) return DWARFS[DWARFS.length - 1][column];
  const [low, high] = [DWARFS[above - 1], DWARFS[above]];
  return low[column] + ((high[column] - low[column]) * (bMinusV - low[0])) / (high[0] - low[0]);
}

function temperatureK(bMinusV: number): number {
  // Bluer than -0.4 no star is, and the formula would break down.
  const colour = 0.92 * Math.max(-0.4, bMinusV);
  return 4600 * (1 / (colour + 1.7) + 1 / (colour + 0.62));
}

/** Magnitude per unit of frequency of a black body, up to a constant of the temperature. */
function blackBodyMag(wavelengthNm: number, kelvin: number): number {
  const x = 1.438_776_877e7 / (wavelengthNm * kelvin);
  return -2.5 * Math.log10(x ** 3 / Math.expm1(x));
}
