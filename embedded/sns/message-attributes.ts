import { ServiceError } from '../errors.ts';
import { faults } from './faults.ts';
import type { Form } from './form.ts';

export interface MessageAttribute {
  name: string;
  /** `String`, `Number`, `Binary` or `String.Array`, with a suffix of the sender's own. */
  type: string;
  /** Of a binary one in base64. */
  value: string;
}

/** The message attributes of a Publish. Throws ServiceError for one that SNS does not take. */
export function messageAttributes(form: Form): MessageAttribute[] {
  return form.entries('MessageAttributes.entry').map((entry) => {
    const name = entry.Name ?? '';
    checkName(name);
    const type = entry['Value.DataType'];
    if (type === undefined) {
      throw new ServiceError(
        'ValidationError',
        `1 validation error detected: Value null at 'messageAttributes.${name}.member.dataType' failed to satisfy constraint: Member must not be null`,
      );
    }
    return { name, type, value: checkedValue(name, type, entry) };
  });
}

function checkName(name: string): void {
  if (Buffer.byteLength(name) > 256) {
    throw faults.attribute('Length of message attribute name must be less than 256 bytes.');
  }
  const wrong = /[^A-Za-z0-9_.-]/u.exec(name)?.[0];
  if (wrong !== undefined) {
    const code = wrong.codePointAt(0)!.toString(16).toUpperCase();
    throw faults.attribute(
      `Invalid non-alphanumeric character '#x${code}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.`,
    );
  }
  if (name.startsWith('.') || name.endsWith('.')) {
    const where = name.startsWith('.') ? 'starting' : 'ending';
    throw faults.attribute(`Invalid message attribute name ${where} with character '.' was found.`);
  }
  if (name.includes('..')) throw faults.attribute("Message attribute name can not have successive '.' character.");
}

function checkedValue(name: string, type: string, entry: Record<string, string>): string {
  const base = /^(String|Number|Binary)(\..+)?$/.exec(type)?.[1];
  if (base === undefined) {
    throw faults.attribute(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  }
  const field = base === 'Binary' ? 'Binary' : 'String';
  const other = field === 'Binary' ? 'String' : 'Binary';
  if (entry[`Value.${other}Value`] !== undefined) {
    throw faults.attribute(`The message attribute '${name}' with type '${base}' must use field '${field}'.`);
  }
  const value = entry[`Value.${field}Value`];
  if (!value) {
    throw faults.attribute(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${base}'.`,
    );
  }
  if (base === 'Number' && !Number.isFinite(Number(value))) {
    throw faults.attribute(`Could not cast message attribute '${name}' value to number.`);
  }
  return value;
}
