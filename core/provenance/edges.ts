import type { NightRecord } from '../records/night.ts';
import type { Pointer } from '../records/primitives.ts';
import type { ExposureRecord, ProvenanceEdge } from '../records/visit.ts';
import { SOFTWARE_NAME } from '../version.ts';

/**
 * The provenance graph in the words of W3C PROV: entities are files, requests and parameter sets; activities are nights and
 * exposures; the agent is the software in its version. A node is named `<kind>:<id>`.
 */
export const node = {
  file: ({ key }: Pointer): string => `file:${key}`,
  request: (requestId: string): string => `request:${requestId}`,
  night: (nightId: string): string => `night:${nightId}`,
  exposure: (exposureId: string): string => `exposure:${exposureId}`,
  software: (version: string): string => `software:${SOFTWARE_NAME}@${version}`,
};

function edge(
  subject: string,
  relation: ProvenanceEdge['relation'],
  object: string,
  attributes?: ProvenanceEdge['attributes'],
): ProvenanceEdge {
  return { subject, relationObject: `${relation}#${object}`, relation, object, ...(attributes && { attributes }) };
}

/** A night used its observatory and its programme, with a seed, and was carried out by this software. */
export function nightEdges({ nightId, input, softwareVersion }: NightRecord): ProvenanceEdge[] {
  return [
    edge(node.night(nightId), 'used', node.file(input.observatory), { role: 'observatory', seed: input.seed }),
    edge(node.night(nightId), 'used', node.file(input.programme), { role: 'programme', campaign: input.campaign }),
    edge(node.night(nightId), 'wasAssociatedWith', node.software(softwareVersion)),
  ];
}

/** What made one frame: the exposure, for which request, in which night, by which software, from which parameters and seed. */
export function exposureEdges(
  record: ExposureRecord,
  made: { softwareVersion: string; seed: number; parameters: Pointer; catalogue: readonly string[] },
): ProvenanceEdge[] {
  const activity = node.exposure(record.exposureId);
  return [
    edge(node.file(record.frame), 'wasGeneratedBy', activity, { sha256: record.sha256, sizeBytes: record.sizeBytes }),
    edge(node.file(record.sidecar), 'wasGeneratedBy', activity),
    edge(node.file(record.sidecar), 'wasDerivedFrom', node.file(record.frame)),
    edge(activity, 'wasInformedBy', node.night(record.nightId), {
      observationId: record.observationId,
      beginAt: record.beginAt,
      endAt: record.endAt,
    }),
    edge(activity, 'used', node.request(record.requestId)),
    edge(activity, 'used', node.file(made.parameters), { role: 'parameters', seed: made.seed }),
    ...made.catalogue.map((name) => edge(activity, 'used', `catalogue:${name}`, { role: 'sky' })),
    edge(activity, 'wasAssociatedWith', node.software(made.softwareVersion)),
  ];
}
