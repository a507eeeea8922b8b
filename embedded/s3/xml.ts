import { XMLParser } from 'fast-xml-parser';
import { S3Fault } from './faults.ts';

export type XmlField = undefined | string | number | boolean | XmlFields | XmlFields[];
export interface XmlFields {
  [name: string]: XmlField;
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as XML content. Control characters, which keys may hold, become character references as in S3's own answers. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]|\p{Cc}/gu, (char) => escapes[char] ?? `&#x${char.charCodeAt(0).toString(16)};`);
}

function writeField(name: string, field: XmlField): string {
  if (field === undefined) return '';
  if (Array.isArray(field)) return field.map((item) => writeField(name, item)).join('');
  const content = typeof field === 'object' ? writeFields(field) : escapeXml(String(field));
  return `<${name}>${content}</${name}>`;
}

function writeFields(fields: XmlFields): string {
  return Object.entries(fields)
    .map(([name, field]) => writeField(name, field))
    .join('');
}

/** A whole document: fields in the order given, an array as repeated elements, undefined left out. */
export function xmlDocument(root: string, fields: XmlFields): string {
  const namespace = root === 'Error' ? '' : ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${namespace}>${writeFields(fields)}</${root}>`;
}

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
  isArray: (name) => name === 'Object',
});

/** The content of the document's `root` element; texts stay strings. Throws S3Fault `MalformedXML`. */
export function parseXml(text: string, root: string): Record<string, unknown> {
  const malformed = (why: string) =>
    new S3Fault(
      'MalformedXML',
      `The XML you provided was not well-formed or did not validate against our published schema: ${why}`,
    );
  let parsed: Record<string, unknown>;
  try {
    parsed = parser.parse(text, true);
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : String(error));
  }
  const content = parsed[root];
  if (content === '') return {};
  if (typeof content !== 'object' || content === null) throw malformed(`a ${root} element is expected`);
  return content as Record<string, unknown>;
}
