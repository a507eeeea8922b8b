import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { ServiceResponse } from '../../../embedded/http.ts';

const xml = new XMLParser({ parseTagValue: false });

/** What is wrong with an answer, as an AWS client would see it; undefined when nothing is. */
export function faultOf(method: string, { status, headers, body }: ServiceResponse): string | undefined {
  const text = body.toString();
  const type = headers['content-type'] ?? '';
  if (!Number.isInteger(status) || status < 200 || status > 599) return `status ${status}`;
  if (!/^[0-9a-f-]{36}$/.test(headers['x-amzn-requestid'] ?? '')) return 'no request id';
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[a-z0-9-]+$/i.test(name) || /[\r\n\0]/.test(value)) return `header ${JSON.stringify([name, value])}`;
  }
  if (status < 300) {
    if (type.includes('json') && text !== '' && !isJson(text)) return 'an answer that is no JSON';
    if (type.includes('xml') && text !== '' && XMLValidator.validate(text) !== true) return 'an answer that is no XML';
    return undefined;
  }
  if (status >= 500 && status !== 501) return `status ${status}: ${text.slice(0, 500)}`;
  // A browser's and a client's question whether something has changed is answered without a body.
  if (status === 304 || method === 'HEAD') return undefined;
  if (type.includes('json')) {
    if (!isJson(text)) return 'an error that is no JSON';
    const { __type } = JSON.parse(text);
    const name = headers['x-amzn-errortype'] ?? __type;
    return typeof name === 'string' && name !== '' && !/Internal/.test(name) ? undefined : `error ${name}`;
  }
  if (type.includes('xml')) {
    if (XMLValidator.validate(text) !== true) return `an error that is no XML: ${text.slice(0, 500)}`;
    const { Error: own, ErrorResponse: query } = xml.parse(text);
    const code = (own ?? query?.Error)?.Code;
    return typeof code === 'string' && code !== '' && !/Internal/.test(code) ? undefined : `error ${code}`;
  }
  return `an error of content type ${JSON.stringify(type)}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
