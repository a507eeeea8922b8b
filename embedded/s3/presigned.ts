import type { ServiceRequest } from '../http.ts';
import { S3Fault } from './faults.ts';
import { checkVersion2, parameters as parameters2 } from './signature-v2.ts';
import { checkVersion4, parameters as parameters4 } from './signature-v4.ts';
import type { Signers } from './signers.ts';

/**
 * Checks a request that is signed in its query, by signature version 4 or 2; one that is not signed there passes.
 * Rejects with what is wrong with the signature as S3Fault, and with `InvalidArgument` when a header signs it, too.
 */
export async function checkPresigned(request: ServiceRequest, signers: Signers, nowMs: number): Promise<void> {
  const { query, headers } = request;
  const isVersion4 = parameters4.some((name) => query.has(name));
  const isVersion2 = !isVersion4 && parameters2.some((name) => query.has(name));
  if (!isVersion4 && !isVersion2) return;
  if (headers.authorization !== undefined) {
    throw new S3Fault(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
      400,
      { fields: { ArgumentName: 'Authorization', ArgumentValue: headers.authorization } },
    );
  }
  if (isVersion4) await checkVersion4(request, signers, nowMs);
  else checkVersion2(request, signers, nowMs);
}
