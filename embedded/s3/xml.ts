import { XMLParser } from 'fast-xml-parser';
import { malformedXml } from './faults.ts';

export type XmlField = undefined | string | number | boolean | XmlFields | XmlField[];
export interface XmlFields {
  [name: string]: XmlField;
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as XML content. Control characters, which keys may hold, become character references as in S3's own answers; lines stay lines. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]|[^\P{Cc}\n\t]/gu, (char) => escapes[char] ?? `&#x${char.charCodeAt(0).toString(16)};`);
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

/** A whole document: fields in the order given, an array as repeated elements, undefined left out; or a text alone. */
export function xmlDocument(root: string, content: XmlFields | string): string {
  const namespace = root === 'Error' ? '' : ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
  const inner = typeof content === 'string' ? escapeXml(content) : writeFields(content);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${namespace}>${inner}</${root}>`;
}

/** Elements that may come several times; they are lists even where they come once. */
const repeated = ['Object', 'Part', 'CloudFunctionConfiguration', 'Event', 'FilterRule'];

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  trimValues: false,
  // References are read below: the parser leaves out those to control characters, which makes one key of another.
  processEntities: false,
  // What is written as CDATA is not text then, and so refused.
  cdataPropName: '#cdata',
  isArray: (name) => repeated.includes(name),
});

/** The content of the document's `root` element; texts stay strings. Throws S3Fault `MalformedXML`. */
export function parseXml(text: string, root: string): Record<string, unknown> {
  // S3 takes no document with a type declaration either, and so none with entities of its own.
  if (/<!DOCTYPE/i.test(text)) throw malformedXml();
  let parsed: Record<string, unknown>;
  try {
    parsed = parser.parse(text, true);
  } catch {
    throw malformedXml();
  }
  return elementOf(parsed[root]);
}

/** An element that holds elements; one without any is the empty text. Throws S3Fault `MalformedXML` for any other. */
export function elementOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'string' && value.trim() === '') return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformedXml();
  return value as Record<string, unknown>;
}

/** The elements of one name, which may be none. Throws S3Fault `MalformedXML` when one holds no elements. */
export function elementsOf(value: unknown): Record<string, unknown>[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(elementOf);
}

/** The text of an element; undefined where there is no such element. Throws S3Fault `MalformedXML` when it holds elements. */
export function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw malformedXml();
  return value.replaceAll(/&([^;&]*)(;?)/g, (_, name: string, end: string) => referenced(end ? name : ''));
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** What an XML reference such as `amp`, `#10` or `#xA` stands for. Throws S3Fault `MalformedXML`. */
function referenced(name: string): string {
  if (Object.hasOwn(entities, name)) return entities[name];
  const [, hexadecimal, decimal] = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name) ?? [];
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  if (!isCharacter) throw malformedXml();
  return String.fromCodePoint(code);
}
