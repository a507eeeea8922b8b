import { MS_PER_DAY } from '../units.ts';

/** Mean of the last cycles, and the reference of the sky's brightness: Noll et al. 2012, A&A 543, A92. */
export const REFERENCE_FLUX_SFU = 130;

/** Minimum before cycle 25 (SILSO, smoothed sunspot number), and the mean length of a cycle (Hathaway 2010). */
const MINIMUM_MS = Date.UTC(2019, 11, 1);
const CYCLE_MONTHS = 132;
const DAYS_PER_MONTH = 365.25 / 12;

/**
 * Flux of the Sun at 10.7 cm, 1e-22 W m^-2 Hz^-1, in the mean cycle at a date: the average shape of cycles of sunspots, 193 x^3
 * / (exp(x^2) - 0.8) with x = (months since minimum + 4) / 54 (numbers after Hathaway 2010, Living Rev. Solar Phys. 7, 1), turned
 * into flux by Holland & Vaughan 1984 (J. Geophys. Res. 89, 11), 67 + 0.97 R + 17.6 (exp(-0.035 R) - 1). From 67 to about 150;
 * single months of the true Sun lie up to 100 away.
 */
export function solarFluxAt(utcMs: number): number {
  const months = (utcMs - MINIMUM_MS) / (MS_PER_DAY * DAYS_PER_MONTH);
  const inCycle = ((months % CYCLE_MONTHS) + CYCLE_MONTHS) % CYCLE_MONTHS;
  const x = (inCycle + 4) / 54;
  const spots = (193 * x ** 3) / (Math.exp(x * x) - 0.8);
  return 67 + 0.97 * spots + 17.6 * (Math.exp(-0.035 * spots) - 1);
}

/** Brightness of airglow at a flux, as a share of that at the reference: 0.2 + 0.00614 flux (Noll et al. 2012). */
export function airglowShare(solarFluxSfu: number): number {
  return (0.2 + 0.00614 * solarFluxSfu) / (0.2 + 0.00614 * REFERENCE_FLUX_SFU);
}
