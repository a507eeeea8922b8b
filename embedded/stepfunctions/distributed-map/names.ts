import { hash } from 'node:crypto';

/** A UUID that is always the same for the same text, of the version that AWS gives to labels and children of a Map Run (3). */
export function namedUuid(text: string): string {
  const digest = hash('md5', text, 'hex');
  const variant = ((Number.parseInt(digest[16]!, 16) & 0x3) | 0x8).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `3${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20),
  ].join('-');
}

/** The ARN that the children of a Map state belong to: the machine's with the label. */
export function childMachineArn(machineArn: string, label: string | undefined, stateName: string): string {
  // The parent may be a child itself: a machine's ARN has one label.
  const machine = machineArn.split('/')[0]!;
  return `${machine}/${label ?? namedUuid(`${machineArn} ${stateName}`)}`;
}

/** The ARN of one child of a Map Run; the same for the same run and index. */
export function childArn(machineArn: string, mapRunArn: string, index: number): { arn: string; name: string } {
  const name = namedUuid(`${mapRunArn} ${index}`);
  return { name, arn: `${machineArn.replace(':stateMachine:', ':execution:')}:${name}` };
}
