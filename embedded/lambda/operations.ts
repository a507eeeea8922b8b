import { ServiceError } from '../errors.ts';
import { deployedFunction, type OperationContext } from './context.ts';
import { checkRevision, describe } from './deployed.ts';
import { type FunctionPlace, functionArn, parseNewName, validationFault } from './names.ts';
import { invalid, object, readArchitecture, readSettings, readTags, refuseOthers, text } from './settings.ts';
import type { FunctionRecord } from './store.ts';

type JsonObject = Record<string, unknown>;

const SETTINGS = ['Runtime', 'Handler', 'Role', 'Description', 'Timeout', 'MemorySize', 'Environment'];
const CODE = ['ZipFile', 'S3Bucket', 'S3Key'];

/** Lambda's CreateFunction. Rejects with its refusals as ServiceError. */
export async function createFunction(context: OperationContext, request: JsonObject): Promise<JsonObject> {
  const { runtime } = context;
  const asked = text(request.FunctionName, 'functionName');
  if (asked === undefined) {
    throw validationFault("Value null at 'functionName' failed to satisfy constraint: Member must not be null");
  }
  const name = parseNewName(asked, context);
  refuseOthers(request, ['FunctionName', 'Code', 'Architectures', 'Tags', ...SETTINGS]);
  const architecture = readArchitecture(request.Architectures) ?? 'x86_64';
  const settings = readSettings(request);
  const tags = readTags(request.Tags);
  if (runtime.findOrNone(name)) {
    throw new ServiceError('ResourceConflictException', `Function already exist: ${name}`, 409);
  }
  const code = object(request.Code, 'code');
  refuseOthers(code, CODE);
  const zip = await readZip(context, code);
  const record = runtime.deployed.create({ name, architecture, ...settings, ...(tags && { tags }) }, zip);
  return {
    ...describe(record, context),
    State: 'Pending',
    StateReason: 'The function is being created.',
    StateReasonCode: 'Creating',
  };
}

/** Lambda's UpdateFunctionConfiguration. Throws its refusals as ServiceError. */
export function updateConfiguration(context: OperationContext, name: string, request: JsonObject): JsonObject {
  const before = deployedFunction(context, name);
  refuseOthers(request, ['FunctionName', 'RevisionId', ...SETTINGS]);
  const settings = readSettings(request, before);
  checkRevision(before, text(request.RevisionId, 'revisionId'));
  return beingUpdated(context.runtime.deployed.update(before, settings), context);
}

/** Lambda's UpdateFunctionCode. Rejects with its refusals as ServiceError. */
export async function updateCode(context: OperationContext, name: string, request: JsonObject): Promise<JsonObject> {
  const before = deployedFunction(context, name);
  refuseOthers(request, ['FunctionName', 'RevisionId', 'Architectures', ...CODE]);
  const architecture = readArchitecture(request.Architectures) ?? before.architecture;
  checkRevision(before, text(request.RevisionId, 'revisionId'));
  const zip = await readZip(context, request);
  return beingUpdated(context.runtime.deployed.update(before, { architecture }, zip), context);
}

/** Lambda's DeleteFunction. Throws its refusals as ServiceError. */
export function deleteFunction(context: OperationContext, name: string, qualifier: string | undefined): void {
  const record = deployedFunction(context, name, qualifier);
  if (qualifier !== undefined || name.endsWith(':$LATEST')) {
    throw invalid('$LATEST version cannot be deleted without deleting the function.');
  }
  context.runtime.deployed.delete(record);
}

/** Lambda's GetFunction. Rejects with its refusals as ServiceError. */
export async function getFunction(
  context: OperationContext,
  name: string,
  qualifier: string | undefined,
): Promise<JsonObject> {
  const known = context.runtime.find(name, qualifier);
  const Configuration = getConfiguration(context, name, qualifier);
  if ('own' in known) return { Configuration };
  const { name: found, tags } = known.deployed;
  const Location = `${await context.endpoint()}/2015-03-31/functions/${found}/code`;
  return { Configuration, Code: { RepositoryType: 'S3', Location }, ...(tags && { Tags: tags }) };
}

/** Lambda's GetFunctionConfiguration. Throws its refusals as ServiceError. */
export function getConfiguration(context: OperationContext, name: string, qualifier: string | undefined): JsonObject {
  const known = context.runtime.find(name, qualifier);
  const state = { State: 'Active', LastUpdateStatus: 'Successful' };
  if ('deployed' in known) return { ...describe(known.deployed, context), ...state };
  const { own } = known;
  return {
    FunctionName: own.name,
    FunctionArn: functionArn(context, own.name),
    Timeout: own.timeoutS,
    MemorySize: own.memoryMb,
    ...(own.environment && { Environment: { Variables: own.environment } }),
    Version: '$LATEST',
    ...state,
  };
}

/** The zip file of a function, which GetFunction tells the address of. Throws ServiceError `ResourceNotFoundException`. */
export function zipFileOf(context: OperationContext, name: string): string {
  return context.runtime.deployed.zipFile(deployedFunction(context, name));
}

/** As long as Lambda changes a function, it says so; here the change is made when the answer is given. */
const beingUpdated = (record: FunctionRecord, place: FunctionPlace): JsonObject => ({
  ...describe(record, place),
  State: 'Active',
  LastUpdateStatus: 'InProgress',
  LastUpdateStatusReason: 'The function is being created.',
  LastUpdateStatusReasonCode: 'Creating',
});

async function readZip(context: OperationContext, code: JsonObject): Promise<Uint8Array> {
  const zipFile = text(code.ZipFile, 'zipFile');
  const bucket = text(code.S3Bucket, 's3Bucket');
  const key = text(code.S3Key, 's3Key');
  if (zipFile !== undefined && bucket === undefined && key === undefined) return Buffer.from(zipFile, 'base64');
  if (zipFile === undefined && bucket !== undefined && key !== undefined) return readObject(context, bucket, key);
  throw invalid('Please provide a source for function code.');
}

async function readObject({ s3 }: OperationContext, bucket: string, key: string): Promise<Uint8Array> {
  const path = `/${[bucket, ...key.split('/')].map(encodeURIComponent).join('/')}`;
  const { status, body } = await s3({
    method: 'GET',
    path,
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.alloc(0),
  });
  if (status === 200) return Buffer.from(body);
  const [, code] = /<Code>(.*?)<\/Code>/.exec(body.toString()) ?? [];
  const [, message] = /<Message>(.*?)<\/Message>/.exec(body.toString()) ?? [];
  throw invalid(`Error occurred while GetObject. S3 Error Code: ${code}. S3 Error Message: ${message}`);
}
