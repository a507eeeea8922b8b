import { determinant, type Wcs } from '../gnomonic.ts';
import { emptySipTerms, SIP_ORDERS, type Sip, type SipTerms, sipPowers } from '../sip.ts';
import { integerCard, realCard, textCards } from './cards.ts';
import { InvalidWcs, UnsupportedFits } from './errors.ts';
import type { FitsHeader } from './header-read.ts';
import { cardComment, SIP_CARDS, WCS_CARDS } from './header-table.ts';

/**
 * Celestial pole in native coordinates. It is the default of the standard for all declinations below 90, but 0 is the default
 * at the pole itself; written always, the formulas are the same everywhere.
 */
const LONPOLE_DEG = 180;

/** Names of the numbers of a `Wcs` without distortion, by their keywords. */
const NUMBERS = {
  CRVAL1: 'crval1Deg',
  CRVAL2: 'crval2Deg',
  CRPIX1: 'crpix1',
  CRPIX2: 'crpix2',
  CD1_1: 'cd11',
  CD1_2: 'cd12',
  CD2_1: 'cd21',
  CD2_2: 'cd22',
} as const;
const SIP_POLYNOMIALS = ['A', 'B', 'AP', 'BP'] as const;
type SipPolynomial = (typeof SIP_POLYNOMIALS)[number];
const SIP_NAME = { A: 'a', B: 'b', AP: 'ap', BP: 'bp' } as const;

/** Cards of the world coordinate system, with those of its distortion. Throws InvalidWcs. */
export function wcsCards(wcs: Wcs): string[] {
  const faults = wcsFaults(wcs);
  if (faults.length > 0) throw new InvalidWcs(faults);
  const real = (keyword: keyof typeof WCS_CARDS, value: number) => realCard(keyword, value, commentOf(keyword));
  const text = (keyword: keyof typeof WCS_CARDS, value: string) => textCards(keyword, value, commentOf(keyword));
  return [
    integerCard('WCSAXES', 2, commentOf('WCSAXES')),
    ...text('CTYPE1', `RA---TAN${wcs.sip ? '-SIP' : ''}`),
    ...text('CTYPE2', `DEC--TAN${wcs.sip ? '-SIP' : ''}`),
    ...text('CUNIT1', 'deg'),
    ...text('CUNIT2', 'deg'),
    ...Object.entries(NUMBERS).map(([keyword, name]) => real(keyword as keyof typeof NUMBERS, wcs[name])),
    real('LONPOLE', LONPOLE_DEG),
    ...(wcs.sip ? sipCards(wcs.sip) : []),
  ];
}

/**
 * The world coordinates that a header states; undefined when it has no CTYPE1. Throws UnsupportedFits for other projections,
 * axes and units than those that `wcsCards` writes, InvalidWcs for numbers that are missing or make no sense.
 */
export function wcsOf({ values }: FitsHeader): Wcs | undefined {
  const type = values.get('CTYPE1');
  if (type === undefined) return undefined;
  for (const [keyword, allowed] of [
    ['CTYPE1', ['RA---TAN', 'RA---TAN-SIP']],
    ['CTYPE2', [String(type).replace('RA---', 'DEC--')]],
    ['CUNIT1', ['deg', undefined]],
    ['CUNIT2', ['deg', undefined]],
    ['LONPOLE', [LONPOLE_DEG, undefined]],
  ] as const) {
    const value = values.get(keyword);
    if (!(allowed as readonly unknown[]).includes(value)) {
      throw new UnsupportedFits(keyword, value, `must be ${allowed[0]}`);
    }
  }
  const numbers = Object.entries(NUMBERS).map(([keyword, name]) => [name, values.get(keyword)]);
  const wcs: Wcs = Object.fromEntries(numbers);
  if (type === 'RA---TAN-SIP') wcs.sip = sipOf(values);
  const faults = wcsFaults(wcs);
  if (faults.length > 0) throw new InvalidWcs(faults);
  return wcs;
}

function sipCards(sip: Sip): string[] {
  return SIP_POLYNOMIALS.flatMap((polynomial) => {
    const terms = sip[SIP_NAME[polynomial]];
    if (!terms) return [];
    const order = terms.length - 1;
    const powers = sipPowers(order).filter(([p, q]) => terms[p][q] !== 0);
    return [
      integerCard(`${polynomial}_ORDER`, order, cardComment(SIP_CARDS[`${polynomial}_ORDER`])),
      ...powers.map(([p, q]) =>
        realCard(`${polynomial}_${p}_${q}`, terms[p][q], cardComment(SIP_CARDS[`${polynomial}_p_q`])),
      ),
    ];
  });
}

function sipOf(values: FitsHeader['values']): Sip {
  const [a, b, ap, bp] = SIP_POLYNOMIALS.map((polynomial) => sipTermsOf(values, polynomial));
  if (!a || !b) throw new InvalidWcs(['wcs.sip: A_ORDER or B_ORDER is missing; RA---TAN-SIP needs both']);
  return { a, b, ...(ap && { ap }), ...(bp && { bp }) };
}

function sipTermsOf(values: FitsHeader['values'], polynomial: SipPolynomial): SipTerms | undefined {
  const order = values.get(`${polynomial}_ORDER`);
  if (order === undefined) return undefined;
  if (!SIP_ORDERS.some((allowed) => allowed === order)) {
    throw new UnsupportedFits(`${polynomial}_ORDER`, order, `must be one of ${SIP_ORDERS.join(', ')}`);
  }
  const terms = emptySipTerms(order as number);
  for (const [p, q] of sipPowers(order as number)) {
    const value = values.get(`${polynomial}_${p}_${q}`) ?? 0;
    terms[p][q] = typeof value === 'number' ? value : Number.NaN;
  }
  return terms;
}

function sipFaults(sip: Sip): string[] {
  return SIP_POLYNOMIALS.flatMap((polynomial) => {
    const name = SIP_NAME[polynomial];
    const terms = sip[name];
    if (terms === undefined) return [];
    const order = terms.length - 1;
    if (!SIP_ORDERS.some((allowed) => allowed === order)) {
      return [`wcs.sip.${name}: got order ${order}; must be one of ${SIP_ORDERS.join(', ')}`];
    }
    if (terms.some((row, p) => row.length !== order + 1 - p)) {
      return [
        `wcs.sip.${name}: got rows of ${terms.map((row) => row.length).join(', ')}; row p must have order + 1 - p terms`,
      ];
    }
    return sipPowers(order)
      .filter(([p, q]) => !Number.isFinite(terms[p][q]))
      .map(([p, q]) => `wcs.sip.${name}[${p}][${q}]: got ${String(terms[p][q])}; must be a finite number`);
  });
}

/** Every fault of a world coordinate system, one text each; none when it is right. */
export function wcsFaults(wcs: Wcs): string[] {
  const faults = Object.values(NUMBERS)
    .filter((name) => !Number.isFinite(wcs[name]))
    .map((name) => `wcs.${name}: got ${String(wcs[name])}; must be a finite number`);
  if (wcs.crval1Deg < 0 || wcs.crval1Deg >= 360)
    faults.push(`wcs.crval1Deg: got ${wcs.crval1Deg}; must be in [0, 360)`);
  if (Math.abs(wcs.crval2Deg) > 90) faults.push(`wcs.crval2Deg: got ${wcs.crval2Deg}; must be in [-90, 90]`);
  if (determinant(wcs) === 0) faults.push('wcs.cd: got a matrix with determinant 0; must be one that can be inverted');
  if (wcs.sip) faults.push(...sipFaults(wcs.sip));
  return faults;
}

function commentOf(keyword: keyof typeof WCS_CARDS): string {
  return cardComment(WCS_CARDS[keyword]);
}
