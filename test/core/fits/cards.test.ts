import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commentCards,
  headerText,
  headingCards,
  historyCards,
  integerCard,
  logicalCard,
  realCard,
  textCards,
} from '../../../core/fits/cards.ts';
import { InvalidCard } from '../../../core/fits/errors.ts';
import { readHeader } from '../../../core/fits/read.ts';

const toBytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const SIMPLE = logicalCard('SIMPLE', true);
const readBack = (...cards: string[]) => readHeader(toBytes(headerText([SIMPLE, ...cards])));
const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 300,
});

describe('a card', () => {
  it.each([
    // From the FITS Standard 4.0: sections 4.2.1.1 (texts), 4.2.2 (logical), 4.2.3 (integer), 4.2.4 (real), written out by column.
    [
      logicalCard('SIMPLE', true, 'file does conform to FITS standard'),
      'SIMPLE  =                    T / file does conform to FITS standard             ',
    ],
    [
      integerCard('NAXIS1', 2048, 'columns'),
      'NAXIS1  =                 2048 / columns                                        ',
    ],
    [integerCard('MINUS', -32, ''), 'MINUS   =                  -32                                                  '],
    [
      realCard('EXPTIME', 30, '[s] shutter open time'),
      'EXPTIME =                 30.0 / [s] shutter open time                          ',
    ],
    [realCard('SMALL', 1e-7, ''), 'SMALL   =               1.0E-7                                                  '],
    [
      realCard('LARGE', -2.5e21, ''),
      'LARGE   =              -2.5E21                                                  ',
    ],
    [
      realCard('LONG', -1.7976931348623157e308, 'over column 30'),
      'LONG    = -1.7976931348623157E308 / over column 30                              ',
    ],
    [textCards('EMPTY', '')[0], "EMPTY   = '        '                                                            "],
    [
      textCards('SHORT', 'r', 'filter')[0],
      "SHORT   = 'r       '           / filter                                         ",
    ],
    [
      textCards('QUOTED', "Barnard's", 'star')[0],
      "QUOTED  = 'Barnard''s'         / star                                           ",
    ],
  ])('stands in fixed format: %s', (card, expected) => {
    expect(card).toBe(expected);
  });

  it.each([
    ['a keyword of 9 letters', () => integerCard('TOOLONGXX', 1)],
    ['a keyword in lower case', () => integerCard('naxis', 1)],
    ['an empty keyword', () => integerCard('', 1)],
    ['END as a value', () => integerCard('END', 1)],
    ['COMMENT as a value', () => textCards('COMMENT', 'x')],
    ['NaN', () => realCard('X', Number.NaN)],
    ['Infinity', () => realCard('X', Number.NEGATIVE_INFINITY)],
    ['an integer beyond the safe range', () => integerCard('X', 2 ** 53)],
    ['a fraction as an integer', () => integerCard('X', 1.5)],
    ['a number as a text', () => textCards('X', 5 as unknown as string)],
    ['a text as a logical', () => logicalCard('X', 'T' as unknown as boolean)],
    ['a line break', () => textCards('X', 'a\nb')],
    ['a letter beyond ASCII', () => textCards('X', 'Šafařík')],
    ['a comment beyond ASCII', () => realCard('X', 1, '[µm] wavelength')],
    ['a remark beyond ASCII', () => commentCards('10 µm')],
    ['a card of another length', () => headerText(['X'])],
  ])('is refused for %s', (_, make) => {
    expect(make).toThrow(InvalidCard);
  });

  it('tells the keyword, the value and what is allowed when it is refused', () => {
    expect(() => realCard('AIRMASS', Number.POSITIVE_INFINITY)).toThrow(
      'card AIRMASS: got Infinity; must be a finite number',
    );
  });
});

describe('a comment', () => {
  it('is cut at the end of a word', () => {
    const card = realCard('X', 1, '[s] this comment has words that reach beyond column eighty');
    expect(card).toBe('X       =                  1.0 / [s] this comment has words that reach beyond   ');
  });

  it('is left out when not even its unit has room', () => {
    expect(textCards('X', 'v'.repeat(60), '[electron/adu] gain')[0]).toBe(`X       = '${'v'.repeat(60)}'        `);
  });

  it('never makes a card longer, whatever its length', () => {
    fc.assert(
      fc.property(printable, printable, (value, comment) => {
        for (const card of textCards('X', value, comment)) expect(card).toHaveLength(80);
      }),
    );
  });
});

describe('values', () => {
  it('come back as the same double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const card = realCard('X', value, '[s] comment');
        expect(card).toHaveLength(80);
        expect(card.slice(10).split('/')[0]).toMatch(/^ *-?\d+\.\d+(E-?\d+)? *$/);
        expect(readBack(card).values.get('X')).toBe(value);
      }),
    );
  });

  it('come back as the same integer', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(readBack(integerCard('X', value)).values.get('X')).toBe(value);
      }),
    );
  });

  it('come back as the same text but for blanks at the end', () => {
    fc.assert(
      fc.property(printable, printable, (value, comment) => {
        const cards = [...textCards('X', value, comment), ...textCards('Y', "'&'")];
        const { values } = readBack(...cards);
        expect(values.get('X')).toBe(value.replace(/ +$/, ''));
        expect(values.get('Y')).toBe("'&'");
      }),
    );
  });

  it('come back as the same text when quotes fall on the end of a card', () => {
    for (let length = 50; length < 150; length++) {
      const text = `${'x'.repeat(length)}'' '&' ''end`;
      expect(readBack(...textCards('X', text, 'comment')).values.get('X')).toBe(text);
    }
  });
});

describe('a long text', () => {
  it('goes on in CONTINUE cards with the comment on the last one', () => {
    // Standard 4.2.1.2: all parts but the last end with an ampersand, CONTINUE has blanks in columns 9 and 10.
    expect(textCards('LONG', `${'a'.repeat(67)}bcd`, 'remark')).toEqual([
      `LONG    = '${'a'.repeat(67)}&'`,
      "CONTINUE  'bcd' / remark".padEnd(80),
    ]);
  });

  it('does not part a doubled quote', () => {
    expect(textCards('LONG', `${'a'.repeat(66)}'bcd`)).toEqual([
      `LONG    = '${'a'.repeat(66)}&'`.padEnd(80),
      "CONTINUE  '''bcd'".padEnd(80),
    ]);
  });
});

describe('free text', () => {
  it('is wrapped between words and comes back line by line', () => {
    const words = Array.from({ length: 40 }, (_, i) => `word${i}`).join(' ');
    const { comments, history } = readBack(...commentCards(words), ...historyCards('h'.repeat(100)));
    expect(comments.length).toBeGreaterThan(1);
    expect(comments.every((line) => line.length <= 72)).toBe(true);
    expect(comments.join(' ')).toBe(words);
    expect(history).toEqual(['h'.repeat(72), 'h'.repeat(28)]);
  });

  it('keeps its lines whole when they begin with many blanks', () => {
    const lines = commentCards(`${' '.repeat(100)}x`).map((card) => card.slice(8).trim());
    expect(lines.join('')).toBe('x');
  });

  it('makes headings that hold no value', () => {
    const { values } = readBack(...headingCards('Time'), integerCard('X', 1));
    expect([...values.keys()]).toEqual(['SIMPLE', 'X']);
  });
});

describe('a header', () => {
  it.each([
    [1, 2880],
    [35, 2880],
    [36, 5760],
  ])('of %i cards and END has %i bytes', (count, length) => {
    const text = headerText(Array.from({ length: count }, (_, i) => integerCard(`K${i}`, i)));
    expect(text).toHaveLength(length);
    expect(text.slice(count * 80).trimEnd()).toBe('END');
  });
});
