import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { ServiceError } from '../errors.ts';
import { type Parameters, readName, readPath, readPolicy, validationError } from './parameters.ts';
import { members } from './query.ts';
import type { RoleRecord, RoleStore } from './store.ts';

export interface IamContext {
  store: RoleStore;
  clock: Clock;
  accountId: string;
}

/** Gives the operation's result, or undefined where it has none. Throws IAM's refusals as ServiceError. */
type Operation = (context: IamContext, parameters: Parameters) => object | undefined;

const LONGEST_ROLE_NAME = 64;
const LONGEST_POLICY_NAME = 128;

/** The operations of IAM that are served. */
export const operations: Readonly<Record<string, Operation>> = {
  CreateRole(context, parameters) {
    const { store, clock } = context;
    const name = readName(parameters, 'RoleName', LONGEST_ROLE_NAME);
    const description = parameters.optional('Description');
    const role: RoleRecord = {
      name,
      path: readPath(parameters),
      roleId: newRoleId(),
      createdMs: clock.now(),
      trustPolicy: readPolicy(parameters, 'AssumeRolePolicyDocument'),
      ...(description !== undefined && { description }),
      maxSessionDurationS: parameters.number('MaxSessionDuration', 3600, 43_200) ?? 3600,
      tags: parameters.members('Tags', ['Key', 'Value']) as RoleRecord['tags'],
      inlinePolicies: {},
      attachedPolicyArns: [],
    };
    parameters.done();
    if (store.find(name)) throw new ServiceError('EntityAlreadyExists', `Role with name ${name} already exists.`, 409);
    store.save(role);
    const { MaxSessionDuration, ...created } = describe(context, role);
    return { Role: { ...created, ...tagsOf(role) } };
  },
  GetRole(context, parameters) {
    const role = findRole(context, parameters);
    parameters.done();
    return { Role: { ...describe(context, role), ...tagsOf(role), RoleLastUsed: {} } };
  },
  ListRoles(context, parameters) {
    const prefix = parameters.optional('PathPrefix') ?? '/';
    const roles = context.store.all().filter(({ path }) => path.startsWith(prefix));
    const { items, ...page } = pageOf(parameters, roles, ({ name }) => name);
    return { ...page, Roles: members(items.map((role) => describe(context, role))) };
  },
  UpdateAssumeRolePolicy(context, parameters) {
    const role = findRole(context, parameters);
    const trustPolicy = readPolicy(parameters, 'PolicyDocument');
    parameters.done();
    context.store.save({ ...role, trustPolicy });
    return undefined;
  },
  DeleteRole(context, parameters) {
    const role = findRole(context, parameters);
    parameters.done();
    if (role.attachedPolicyArns.length > 0) throw conflict('Cannot delete entity, must detach all policies first.');
    if (Object.keys(role.inlinePolicies).length > 0)
      throw conflict('Cannot delete entity, must delete policies first.');
    context.store.delete(role.name);
    return undefined;
  },
  PutRolePolicy(context, parameters) {
    const role = findRole(context, parameters);
    const name = readName(parameters, 'PolicyName', LONGEST_POLICY_NAME);
    const document = readPolicy(parameters, 'PolicyDocument');
    parameters.done();
    context.store.save({ ...role, inlinePolicies: { ...role.inlinePolicies, [name]: document } });
    return undefined;
  },
  GetRolePolicy(context, parameters) {
    const role = findRole(context, parameters);
    const { name, document } = findPolicy(role, parameters);
    parameters.done();
    return { RoleName: role.name, PolicyName: name, PolicyDocument: encoded(document) };
  },
  DeleteRolePolicy(context, parameters) {
    const role = findRole(context, parameters);
    const { name } = findPolicy(role, parameters);
    parameters.done();
    const { [name]: _, ...inlinePolicies } = role.inlinePolicies;
    context.store.save({ ...role, inlinePolicies });
    return undefined;
  },
  ListRolePolicies(context, parameters) {
    const role = findRole(context, parameters);
    const { items, ...page } = pageOf(parameters, Object.keys(role.inlinePolicies).sort(), (name) => name);
    return { ...page, PolicyNames: members(items) };
  },
  AttachRolePolicy(context, parameters) {
    const role = findRole(context, parameters);
    const arn = readPolicyArn(parameters);
    parameters.done();
    if (!isManagedByAws(arn)) {
      throw new ServiceError('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`, 404);
    }
    const attachedPolicyArns = [...new Set([...role.attachedPolicyArns, arn])].sort();
    context.store.save({ ...role, attachedPolicyArns });
    return undefined;
  },
  DetachRolePolicy(context, parameters) {
    const role = findRole(context, parameters);
    const arn = readPolicyArn(parameters);
    parameters.done();
    if (!role.attachedPolicyArns.includes(arn))
      throw new ServiceError('NoSuchEntity', `Policy ${arn} was not found.`, 404);
    context.store.save({ ...role, attachedPolicyArns: role.attachedPolicyArns.filter((each) => each !== arn) });
    return undefined;
  },
  ListAttachedRolePolicies(context, parameters) {
    const role = findRole(context, parameters);
    const { items, ...page } = pageOf(parameters, role.attachedPolicyArns, (arn) => arn);
    const attached = items.map((arn) => ({ PolicyName: arn.slice(arn.lastIndexOf('/') + 1), PolicyArn: arn }));
    return { ...page, AttachedPolicies: members(attached) };
  },
};

/** IAM's ids of roles: AROA, and 17 letters and digits. */
function newRoleId(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return `AROA${[...randomBytes(17)].map((byte) => alphabet[byte % alphabet.length]).join('')}`;
}

const conflict = (message: string) => new ServiceError('DeleteConflict', message, 409);

/** Policies are told percent-encoded (RFC 3986). */
const encoded = (document: string): string =>
  encodeURIComponent(document).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

function findRole({ store }: IamContext, parameters: Parameters): RoleRecord {
  const name = readName(parameters, 'RoleName', LONGEST_ROLE_NAME);
  const role = store.find(name);
  if (role) return role;
  throw new ServiceError('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
}

function findPolicy({ inlinePolicies }: RoleRecord, parameters: Parameters): { name: string; document: string } {
  const name = readName(parameters, 'PolicyName', LONGEST_POLICY_NAME);
  const document = Object.hasOwn(inlinePolicies, name) ? inlinePolicies[name] : undefined;
  if (document !== undefined) return { name, document };
  throw new ServiceError('NoSuchEntity', `The role policy with name ${name} cannot be found.`, 404);
}

function readPolicyArn(parameters: Parameters): string {
  const arn = parameters.required('PolicyArn');
  if (/^arn:aws[a-z-]*:iam::(aws|\d{12}):policy\/./.test(arn)) return arn;
  throw validationError('Invalid ARN:  Could not be parsed!');
}

/** AWS's own policies are all taken to exist; an account's would have to be made, which is not served. */
const isManagedByAws = (arn: string): boolean => /^arn:aws[a-z-]*:iam::aws:policy\//.test(arn);

function describe({ accountId }: IamContext, role: RoleRecord) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.roleId,
    Arn: `arn:aws:iam::${accountId}:role${role.path}${role.name}`,
    CreateDate: new Date(role.createdMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    AssumeRolePolicyDocument: encoded(role.trustPolicy),
    ...(role.description !== undefined && { Description: role.description }),
    MaxSessionDuration: role.maxSessionDurationS,
  };
}

const tagsOf = ({ tags }: RoleRecord): object => (tags.length > 0 ? { Tags: members(tags) } : {});

/** A page of items in order; the marker is the last item given. */
function pageOf<T>(parameters: Parameters, all: readonly T[], keyOf: (item: T) => string) {
  const most = parameters.number('MaxItems', 1, 1000) ?? 100;
  const marker = parameters.optional('Marker');
  parameters.done();
  const after = marker === undefined ? 0 : all.findIndex((item) => keyOf(item) === marker) + 1;
  const items = all.slice(after, after + most);
  const isTruncated = after + most < all.length;
  return { items, IsTruncated: isTruncated, ...(isTruncated && { Marker: keyOf(items[items.length - 1]!) }) };
}
