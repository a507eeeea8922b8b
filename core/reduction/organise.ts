import type { CalibrationType } from '../records/calibration.ts';
import type { ImageType } from '../records/ids.ts';
import type { ExposureRecord } from '../records/visit.ts';

/** What frames of one kind group by, what has to be there before them, and which machine makes something of a group. */
export interface OrganisationRule {
  name: string;
  imageType: ImageType;
  /** Frames that agree in all of these belong together. */
  groupBy: readonly ('observationId' | 'requestId' | 'filter')[];
  /** Masters that each frame of the group is given. */
  needs: readonly CalibrationType[];
  makes: 'master' | 'reduced';
}

/**
 * The data organisation of the observatory: which raw frames group, and which masters each needs. Masters are made by the calibration
 * machine as soon as the frames of a set are there; the rest by the reduction machine.
 */
export const ORGANISATION: readonly OrganisationRule[] = [
  { name: 'masterBias', imageType: 'bias', groupBy: ['requestId'], needs: [], makes: 'master' },
  { name: 'masterDark', imageType: 'dark', groupBy: ['requestId'], needs: ['bias'], makes: 'master' },
  { name: 'masterFlat', imageType: 'flat', groupBy: ['requestId', 'filter'], needs: ['bias', 'dark'], makes: 'master' },
  {
    name: 'science',
    imageType: 'object',
    groupBy: ['observationId', 'filter'],
    needs: ['bias', 'dark', 'flat'],
    makes: 'reduced',
  },
];

/** Masters that frames of a type need. */
export const needsOf = (imageType: ImageType): readonly CalibrationType[] =>
  ORGANISATION.find((rule) => rule.imageType === imageType)?.needs ?? [];

/**
 * The rules in an order in which each comes after those that make what it needs. Throws when they go in a circle, which is a mistake
 * in the table.
 */
export function inOrderOfNeed(rules: readonly OrganisationRule[]): OrganisationRule[] {
  const left = [...rules];
  const order: OrganisationRule[] = [];
  while (left.length > 0) {
    const at = left.findIndex(
      ({ needs }) => !left.some(({ makes, imageType }) => makes === 'master' && needs.includes(imageType as never)),
    );
    if (at < 0) throw new Error(`rules need each other in a circle: ${left.map(({ name }) => name).join(', ')}`);
    order.push(...left.splice(at, 1));
  }
  return order;
}

/** Frames that belong together, of one rule, in the order of their numbers. */
export interface FrameGroup {
  rule: OrganisationRule;
  /** `<observation>.<filter>`: the values that the frames agree in. */
  id: string;
  exposures: ExposureRecord[];
}

/** Groups frames by the rules that the reduction machine carries out; rules in the order of need, groups by their first frame. */
export function groupFrames(
  exposures: readonly ExposureRecord[],
  rules: readonly OrganisationRule[] = ORGANISATION,
): FrameGroup[] {
  const inOrder = [...exposures].sort((a, b) => a.seqNum - b.seqNum);
  return inOrderOfNeed(rules)
    .filter(({ makes }) => makes === 'reduced')
    .flatMap((rule) => {
      const groups = new Map<string, ExposureRecord[]>();
      for (const exposure of inOrder.filter(({ imageType }) => imageType === rule.imageType)) {
        const id = rule.groupBy
          .map((name) => (name === 'filter' ? String(exposure.header.filter ?? '') : exposure[name]))
          .join('.');
        groups.set(id, [...(groups.get(id) ?? []), exposure]);
      }
      return [...groups].map(([id, members]) => ({ rule, id, exposures: members }));
    });
}
