import { isThrottlingError } from '@smithy/core/retry';
import { MAX_ATTEMPTS, type OperationError } from './clients.ts';

/** What an error of an AWS client may carry. */
interface AwsError extends OperationError {
  code?: string;
  $fault?: 'client' | 'server';
  $metadata?: { httpStatusCode?: number };
  $response?: unknown;
}

const EXPIRED = ['ExpiredTokenException', 'ExpiredToken', 'TokenRefreshRequired'];
const UNKNOWN_KEY = ['UnrecognizedClientException', 'InvalidClientTokenId', 'InvalidAccessKeyId', 'AuthFailure'];
const WRONG_SECRET = ['SignatureDoesNotMatch', 'InvalidSignatureException', 'IncompleteSignature'];
const CLOCK = ['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture'];
const DENIED = ['AccessDeniedException', 'AccessDenied', 'Forbidden', 'UnauthorizedOperation', '403'];
const NO_CREDENTIALS = ['CredentialsProviderError', 'TokenProviderError', 'MissingAuthenticationToken'];
const MISSING = ['ResourceNotFoundException', 'NoSuchBucket', 'StateMachineDoesNotExist'];
const TIMED_OUT = ['TimeoutError', 'AbortError'];
const UNREACHABLE = /^(ECONN|EHOST|ENET|ENOTFOUND|EAI_|EPIPE|ETIMEDOUT)/;
const NOT_TLS = /^(EPROTO|ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;
/** The engine of this project says so when its disk is full; it is told elsewhere, with what to do. */
const FULL_DISK = 'InsufficientStorage';

/**
 * What a client's error means for the person, and what to do; undefined for an error that is no trouble with the engine.
 * Never has a stack trace, and names the permission where one is missing.
 * @param endpoint where the clients go; undefined for AWS itself
 */
export function engineTrouble(error: unknown, endpoint = process.env.AWS_ENDPOINT_URL): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message, code, operation, $metadata } = error as AwsError;
  const where = endpoint ?? 'AWS';
  const at = operation ? ` (${operation})` : '';
  if (name === FULL_DISK) return undefined;
  if (NO_CREDENTIALS.includes(name)) {
    const profile = process.env.AWS_PROFILE ? ` in profile ${process.env.AWS_PROFILE}` : '';
    const expired = /expired|SSO session/i.test(message);
    return expired
      ? `the AWS login has expired: ${sentence(message)} Log in again (aws sso login)`
      : `no AWS credentials were found${profile}: ${sentence(message)} Log in (aws sso login, aws configure), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`;
  }
  if (/^Region (is missing|not accepted)/.test(message)) {
    return `no usable AWS region is set: ${message}; set AWS_REGION, for instance AWS_REGION=eu-west-1, or a region in the profile`;
  }
  if (EXPIRED.includes(name)) {
    return `${where} says that the credentials have expired${at}: ${message}; log in again (aws sso login), or set new ones`;
  }
  if (CLOCK.includes(name) || (WRONG_SECRET.includes(name) && /expired|not yet current/i.test(message))) {
    return `${where} refuses the time of the request${at}: ${message}; set the clock of this machine, now ${new Date().toISOString()}`;
  }
  if (UNKNOWN_KEY.includes(name)) {
    return `${where} does not know the access key${at}: ${sentence(message)} Check AWS_ACCESS_KEY_ID or the profile; in a region that the account has not enabled no key is valid`;
  }
  if (WRONG_SECRET.includes(name)) {
    return `${where} refuses the signature${at}: ${sentence(message)} Check AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN for temporary credentials`;
  }
  if (DENIED.includes(name)) {
    const action = /not authorized to perform:? ([\w-]+:\w+)/.exec(message)?.[1] ?? operation ?? 'the action';
    return `${where} does not let these credentials do ${action}: ${message}; let somebody allow it (docs/deploy.md has the list), or use other credentials`;
  }
  if (isThrottlingError(error as never)) {
    return `${where} turns requests away, too many come${at}: ${name}: ${message}; asked ${MAX_ATTEMPTS} times in vain; wait a while and try again`;
  }
  if (TIMED_OUT.includes(name))
    return `${where} did not answer in time${at}: ${message}; try again, or check the network and AWS_ENDPOINT_URL`;
  if (UNREACHABLE.test(code ?? '')) {
    return `${where} does not answer (${code}${message ? `: ${message}` : ''}); start it, or set AWS_ENDPOINT_URL, or check the network`;
  }
  if (NOT_TLS.test(code ?? '')) {
    return `no safe connection to ${where} (${code}: ${message}); check whether the address is http or https, and the certificates`;
  }
  if (!isAnswerOfAws(error)) {
    return `${where} answers, but not as AWS does${at}; check AWS_ENDPOINT_URL`;
  }
  if (MISSING.includes(name)) {
    return `a part of Nocturne is not there${at}: ${name}: ${message}; \`nocturne doctor\` says which; deploy again (docs/deploy.md)`;
  }
  if (($metadata?.httpStatusCode ?? 0) >= 500) {
    return `${where} is in trouble${at}: ${name}: ${message}; asked ${MAX_ATTEMPTS} times in vain; try again later`;
  }
  return undefined;
}

const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`);

/** False for the error of an answer that could not be read, or that no AWS service gives: a web server's page. */
function isAnswerOfAws(error: AwsError): boolean {
  if (error instanceof SyntaxError) return error.$response === undefined && error.$metadata === undefined;
  const isPage = /deserialization error|<html/i.test(error.message);
  const isNameless = ['UnknownError', 'Unknown', 'Error'].includes(error.name) && error.$metadata !== undefined;
  return !(isPage || isNameless);
}
