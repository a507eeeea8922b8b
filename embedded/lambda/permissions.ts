import { ServiceError } from '../errors.ts';
import { deployedFunction, type OperationContext } from './context.ts';
import { functionArn, patternFault } from './names.ts';
import { invalid, refuseOthers, text } from './settings.ts';
import type { Permission } from './store.ts';

/*
 * Who may call a function. Statements are kept and told, and nothing else: on this engine everybody may call everything.
 */

const STATEMENT_ID = '([a-zA-Z0-9-_]+)';

const notFound = (message: string) => new ServiceError('ResourceNotFoundException', message, 404);

/** Lambda's AddPermission. Throws its refusals as ServiceError. */
export function addPermission(
  context: OperationContext,
  name: string,
  qualifier: string | undefined,
  request: Record<string, unknown>,
): object {
  const record = deployedFunction(context, name, qualifier);
  if (qualifier !== undefined) throw invalid('We currently do not support adding policies for $LATEST.');
  refuseOthers(request, ['StatementId', 'Action', 'Principal', 'SourceArn', 'SourceAccount']);
  const [sid, action, principal] = ['StatementId', 'Action', 'Principal'].map(
    (each) => text(request[each], each) ?? '',
  );
  if (!new RegExp(`^${STATEMENT_ID}$`).test(sid)) throw patternFault(sid, 'statementId', STATEMENT_ID);
  const { permissions = [] } = record;
  if (permissions.some(({ Sid }) => Sid === sid)) {
    throw new ServiceError(
      'ResourceConflictException',
      `The statement id (${sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      409,
    );
  }
  const sourceArn = text(request.SourceArn, 'SourceArn');
  const sourceAccount = text(request.SourceAccount, 'SourceAccount');
  const condition = {
    ...(sourceAccount !== undefined && { StringEquals: { 'AWS:SourceAccount': sourceAccount } }),
    ...(sourceArn !== undefined && { ArnLike: { 'AWS:SourceArn': sourceArn } }),
  };
  const added: Permission = {
    Sid: sid,
    Effect: 'Allow',
    Principal: principalOf(principal),
    Action: action,
    Resource: functionArn(context, record.name),
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  };
  context.runtime.deployed.permit(record, [...permissions, added]);
  return { Statement: JSON.stringify(added) };
}

/** Lambda's GetPolicy. Throws its refusals as ServiceError. */
export function getPolicy(context: OperationContext, name: string): object {
  const known = context.runtime.findOrNone(name);
  const record = known && 'deployed' in known ? known.deployed : undefined;
  if (!record?.permissions?.length) throw notFound('The resource you requested does not exist.');
  const policy = { Version: '2012-10-17', Id: 'default', Statement: record.permissions };
  return { Policy: JSON.stringify(policy), RevisionId: record.revisionId };
}

/** Lambda's RemovePermission. Throws its refusals as ServiceError. */
export function removePermission(context: OperationContext, name: string, sid: string): void {
  const record = deployedFunction(context, name);
  const { permissions = [] } = record;
  if (permissions.length === 0) throw notFound('No policy is associated with the given resource.');
  const left = permissions.filter(({ Sid }) => Sid !== sid);
  if (left.length === permissions.length) throw notFound(`Statement ${sid} is not found in resource policy.`);
  context.runtime.deployed.permit(record, left);
}

/** A service, everybody, or an account by its number or an ARN. */
function principalOf(principal: string): Permission['Principal'] {
  if (principal === '*') return '*';
  if (/^[a-z0-9.-]+\.amazonaws\.com$/.test(principal)) return { Service: principal };
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  if (/^arn:aws[a-z-]*:(iam|sts)::\d{12}:./.test(principal)) return { AWS: principal };
  throw invalid('The provided principal was invalid. Please check the principal and try again.');
}
