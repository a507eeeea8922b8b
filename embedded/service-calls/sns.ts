import type { Service } from '../http.ts';
import { type JsonObject, type ServiceAnswer, ServiceCallFailed } from './types.ts';

/** Errors of Publish in the model of SNS, by the code that the service sends. */
const MODEL_NAMES: Record<string, string> = {
  AuthorizationError: 'AuthorizationErrorException',
  EndpointDisabled: 'EndpointDisabledException',
  InternalError: 'InternalErrorException',
  InvalidParameter: 'InvalidParameterException',
  InvalidSecurity: 'InvalidSecurityException',
  NotFound: 'NotFoundException',
  ParameterValueInvalid: 'InvalidParameterValueException',
  PlatformApplicationDisabled: 'PlatformApplicationDisabledException',
};

/** Calls Publish of SNS, whose protocol is a form and an XML answer. */
export async function publish(route: Service, parameters: JsonObject): Promise<ServiceAnswer> {
  const { status, headers, body } = await route({
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: Buffer.from(formOf(parameters).toString()),
  });
  const xml = body.toString();
  const requestId = textOf(xml, 'RequestId') ?? headers['x-amzn-requestid'] ?? '';
  if (status !== 200) {
    const code = textOf(xml, 'Code') ?? 'InternalError';
    const message = textOf(xml, 'Message') ?? xml;
    throw new ServiceCallFailed({ code, message, modelName: MODEL_NAMES[code], status, requestId });
  }
  const output: JsonObject = {};
  for (const name of ['MessageId', 'SequenceNumber']) {
    const value = textOf(xml, name);
    if (value !== undefined) output[name] = value;
  }
  return { output, requestId, headers: { ...headers, 'content-length': String(Buffer.byteLength(xml)) } };
}

function formOf({ MessageAttributes: attributes, ...parameters }: JsonObject): URLSearchParams {
  const form = new URLSearchParams({ Action: 'Publish', Version: '2010-03-31' });
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null) form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  Object.entries((attributes ?? {}) as Record<string, JsonObject>).forEach(([name, attribute], index) => {
    const entry = `MessageAttributes.entry.${index + 1}`;
    form.append(`${entry}.Name`, name);
    for (const [member, value] of Object.entries(attribute)) form.append(`${entry}.Value.${member}`, String(value));
  });
  return form;
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

/** The text of the first element of a name. */
function textOf(xml: string, name: string): string | undefined {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return found?.replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => ENTITIES[entity]!);
}
