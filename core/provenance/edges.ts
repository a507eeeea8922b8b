import type { AnswerSheet, CalibrationType, Certificate, MasterRecord, ReducedRecord } from '../records/calibration.ts';
import type { NightRecord } from '../records/night.ts';
import type { Pointer } from '../records/primitives.ts';
import type { ExposureRecord, ProvenanceEdge } from '../records/visit.ts';
import { SOFTWARE_NAME } from '../version.ts';

/**
 * The provenance graph in the words of W3C PROV: entities are files, requests, certificates and parameter sets; activities are
 * nights, exposures, calibrations (a master is made), reductions (a frame is reduced) and certifications; agents are the software in
 * its version, and who certified. A node is named `<kind>:<id>`.
 */
export const node = {
  file: ({ key }: Pointer): string => `file:${key}`,
  request: (requestId: string): string => `request:${requestId}`,
  night: (nightId: string): string => `night:${nightId}`,
  exposure: (exposureId: string): string => `exposure:${exposureId}`,
  calibration: (masterId: string): string => `calibration:${masterId}`,
  reduction: (exposureId: string): string => `reduction:${exposureId}`,
  certificate: (calibrationKey: string, validFrom: string): string => `certificate:${calibrationKey}@${validFrom}`,
  certification: (masterId: string, at: string): string => `certification:${masterId}@${at}`,
  agent: (name: string): string => `agent:${name}`,
  software: (version: string): string => `software:${SOFTWARE_NAME}@${version}`,
};

/** Role of what an activity looked at and turned down: nothing that it made rests on it. */
export const REJECTED_ROLE = 'rejected';

/** One edge, with the key that the table wants. */
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

/** Settings of a step, as attributes of an edge: what it would take to do it again. */
export type Parameters = Readonly<Record<string, string | number>>;

/**
 * What made a master: its frames, the masters that were taken off them, the night, and the software with its parameters. Frames that
 * were turned down were looked at, and are told as such; the master does not derive from them.
 * @param frames raw frames that are in it, in the order of combination
 */
export function masterEdges(
  record: MasterRecord,
  made: {
    frames: readonly Pointer[];
    rejected?: readonly { frame: Pointer; reason: string }[];
    bias?: Pointer;
    dark?: Pointer;
    sidecar: Pointer;
    parameters: Parameters;
  },
): ProvenanceEdge[] {
  const { masterId, file, nightId, requestId } = record;
  const activity = node.calibration(masterId);
  const master = node.file(file);
  return [
    edge(master, 'wasGeneratedBy', activity, { sha256: record.sha256, sizeBytes: record.sizeBytes }),
    ...made.frames.map((frame) => edge(master, 'wasDerivedFrom', node.file(frame))),
    edge(node.file(made.sidecar), 'wasGeneratedBy', activity),
    edge(node.file(made.sidecar), 'wasDerivedFrom', master),
    ...(made.rejected ?? []).map(({ frame, reason }) =>
      edge(activity, 'used', node.file(frame), { role: REJECTED_ROLE, reason }),
    ),
    ...(made.bias ? [edge(activity, 'used', node.file(made.bias), { role: 'bias' })] : []),
    ...(made.dark ? [edge(activity, 'used', node.file(made.dark), { role: 'dark' })] : []),
    ...(requestId === undefined ? [] : [edge(activity, 'used', node.request(requestId))]),
    ...(nightId === undefined ? [] : [edge(activity, 'wasInformedBy', node.night(nightId))]),
    edge(activity, 'wasAssociatedWith', node.software(record.softwareVersion), made.parameters),
  ];
}

/** What made a reduced frame: the raw frame, each master with how it was applied, and the software with its parameters. */
export function reducedEdges(
  record: ReducedRecord,
  made: { raw: Pointer; masters: readonly AppliedMaster[]; parameters: Parameters },
): ProvenanceEdge[] {
  const activity = node.reduction(record.exposureId);
  const reduced = node.file(record.file);
  return [
    edge(reduced, 'wasGeneratedBy', activity, { sha256: record.sha256, sizeBytes: record.sizeBytes }),
    edge(reduced, 'wasDerivedFrom', node.file(made.raw)),
    ...[record.preview, record.sidecar].flatMap((file) => [
      edge(node.file(file), 'wasGeneratedBy', activity),
      edge(node.file(file), 'wasDerivedFrom', reduced),
    ]),
    edge(activity, 'used', node.file(made.raw), { role: 'raw' }),
    ...made.masters.map(({ role, file, scale }) =>
      edge(activity, 'used', node.file(file), { role, ...(scale !== undefined && { scale }) }),
    ),
    edge(activity, 'used', node.request(record.requestId)),
    edge(activity, 'wasInformedBy', node.night(record.nightId), { blockId: record.blockId }),
    edge(activity, 'wasAssociatedWith', node.software(record.softwareVersion), made.parameters),
  ];
}

/** A master as it was applied to a frame. */
export interface AppliedMaster {
  role: CalibrationType;
  file: Pointer;
  /** Of a dark that was scaled. */
  scale?: number;
}

/** The masters that an answer sheet chose. */
export const mastersOf = ({ choices }: AnswerSheet): AppliedMaster[] =>
  choices.flatMap(({ type, file, scale }) =>
    file ? [{ role: type, file, ...(scale !== undefined && { scale }) }] : [],
  );

/** A certificate rests on its master, and on the decision of a night or a person. */
export function certificateEdges(
  { calibrationKey, validFrom, validTo, id, master }: Certificate,
  { at, by, cause }: { at: string; by: string; cause: string },
): ProvenanceEdge[] {
  const certificate = node.certificate(calibrationKey, validFrom);
  const activity = node.certification(id, at);
  return [
    edge(certificate, 'wasDerivedFrom', node.file(master.file), { validTo }),
    edge(certificate, 'wasGeneratedBy', activity),
    edge(activity, 'used', node.file(master.file), { role: 'master', grade: master.quality.grade }),
    edge(activity, 'wasAssociatedWith', node.agent(by), { at, cause }),
  ];
}
