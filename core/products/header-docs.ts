import { cardRows, groupSections, row, section } from '../fits/header-docs.ts';
import type { HeaderGroup } from '../fits/header-table.ts';
import { MASTER_GROUPS, MASTER_NUMBERED_CARDS } from './master-table.ts';
import { PLANE_CARDS } from './planes-file.ts';
import { REDUCED_NUMBERED_CARDS, REDUCTION_GROUPS } from './reduced-table.ts';
import { SOURCE_COLUMNS } from './source-table.ts';

const INTRODUCTION = `# Products: masters and reduced frames

Masters and reduced frames are FITS files (Standard 4.0). The primary header-data unit holds the image itself, 32-bit floating, so that every
program shows it at once. Two extensions hold what is known of each of its pixels: UNCERT, one standard deviation in the unit of the image
(infinite where nothing is known), and DQ, 8-bit flags. A reduced frame also has its source list, the table SOURCES. Every header-data unit
carries CHECKSUM and DATASUM. DATE is the time of the observatory: the same product is the same bytes, whenever and wherever it is written.

This page is made from the tables \`core/products/master-table.ts\`, \`reduced-table.ts\` and \`source-table.ts\` by \`productTablesMarkdown()\`; a
test holds the two equal, and \`npx vitest run test/core/products/header-docs.test.ts -u\` writes it anew. How raw frames are written, and what
their cards mean, is in [fits.md](fits.md).

A file is read back by \`readMaster\` and \`readReduced\`. A file that is damaged, whose header does not fit these tables, or whose planes do not
fit each other is refused, with every fault named. astropy's \`CCDData.read(file, hdu_mask='DQ')\` finds image, unit, uncertainty and mask as they
are (a flat, which has no unit, needs \`unit=''\`).
`;

const MASTER_TEXT = `OBSTYPE and IMAGETYP differ from those of raw frames: a master is never taken for one. All dates but DATE are in TAI, as validity is. BIASFILE
and DARKFILE are names of files. VALIDFRM and VALIDTO tell what was known when the file was made; the store of calibrations has the last word.
HISTORY says what was done, and why a grade is not GOOD.
`;

const REDUCED_TEXT = `A reduced frame has the header of its raw frame ([fits.md](fits.md)) but for the group Amplifier, which is no longer true: gain, read noise and
saturation stand in electrons, sections are gone. FILENAME, DATE and SW_VERS are those of the reduced file. CAL_STAT is COMPLETE, or INCOMPLETE when
masters were missing, which CAL_MISS names; CAL_BIAS, CAL_DARK and CAL_FLAT are the files of the masters that were used. The world coordinates are
those of the raw frame, moved by what was trimmed, with their distortion. Each step says COMPLETE or SKIPPED; HISTORY says with what, or why not.
`;

/** The page docs/products.md: every card and column of masters and reduced frames with type, unit, range and meaning. */
export function productTablesMarkdown(): string {
  return [
    INTRODUCTION,
    section('Planes', cardRows(PLANE_CARDS)),
    '## Masters\n',
    MASTER_TEXT,
    ...groupSections(titled('Master', MASTER_GROUPS)),
    section('Master: numbered cards', cardRows(MASTER_NUMBERED_CARDS)),
    '## Reduced frames\n',
    REDUCED_TEXT,
    ...groupSections(titled('Reduced frame', REDUCTION_GROUPS)),
    section('Reduced frame: numbered cards', cardRows(REDUCED_NUMBERED_CARDS)),
    section(
      'Reduced frame: SOURCES',
      [
        row('Column', 'Unit', 'Meaning'),
        row('---', '---', '---'),
        ...SOURCE_COLUMNS.map(({ name, unit = '', description }) => row(name, unit, description)),
      ],
      'The brightest first. What a source does not have, such as a magnitude where no zero point was found, is NaN.',
    ),
  ].join('\n');
}

function titled(product: string, table: readonly HeaderGroup[]): HeaderGroup[] {
  return table.map(({ title, entries }) => ({ title: `${product}: ${title}`, entries }));
}
