import type { Service } from './http.ts';
import { createRequestHandler } from './request-handler.ts';
import { fromSdk, toSdk } from './service-calls/shapes.ts';
import { publish } from './service-calls/sns.ts';
import { type CallService, type JsonObject, ServiceCallFailed } from './service-calls/types.ts';

/** What of an SDK client's package is used. */
interface SdkModule {
  [name: string]: unknown;
}
interface SdkClient {
  send(command: unknown): Promise<JsonObject & { $metadata: { requestId?: string } }>;
}
interface SdkCommand {
  schema: unknown[];
  middlewareStack: {
    add(
      middleware: (next: (args: unknown) => Promise<Handled>) => (args: unknown) => Promise<Handled>,
      where: object,
    ): void;
  };
}
interface Handled {
  response: { headers: Record<string, string> };
}
interface SdkFault {
  name: string;
  message: string;
  $metadata?: { httpStatusCode?: number; requestId?: string; extendedRequestId?: string };
}

/** Packages are loaded when first needed: each takes some 50 ms. */
const packages: Record<string, { load: () => Promise<SdkModule>; client: string; fault: string }> = {
  s3: { load: () => import('@aws-sdk/client-s3'), client: 'S3Client', fault: 'S3ServiceException' },
  dynamodb: {
    load: () => import('@aws-sdk/client-dynamodb'),
    client: 'DynamoDBClient',
    fault: 'DynamoDBServiceException',
  },
  sfn: { load: () => import('@aws-sdk/client-sfn'), client: 'SFNClient', fault: 'SFNServiceException' },
  lambda: { load: () => import('@aws-sdk/client-lambda'), client: 'LambdaClient', fault: 'LambdaServiceException' },
  eventbridge: {
    load: () => import('@aws-sdk/client-eventbridge'),
    client: 'EventBridgeClient',
    fault: 'EventBridgeServiceException',
  },
};

/** Calls of the engine's own services, made through the SDK's clients so that parameters and answers have their shape. */
export function newServiceCalls(route: Service, region: string): CallService {
  const clients = new Map<string, Promise<{ sdk: SdkModule; client: SdkClient }>>();
  const requestHandler = createRequestHandler(withLength(route));

  function clientOf(service: string): Promise<{ sdk: SdkModule; client: SdkClient }> {
    let opened = clients.get(service);
    if (!opened) {
      opened = openClient(service);
      clients.set(service, opened);
    }
    return opened;
  }

  async function openClient(service: string) {
    const { load, client } = packages[service]!;
    const sdk = await load();
    const Client = sdk[client] as new (options: object) => SdkClient;
    const credentials = { accessKeyId: 'embedded', secretAccessKey: 'embedded' };
    const options = { region, credentials, maxAttempts: 1, requestHandler, endpoint: 'http://127.0.0.1' };
    // Step Functions asks for no checksum of an object that it reads.
    const own = service === 's3' ? { forcePathStyle: true, responseChecksumValidation: 'WHEN_REQUIRED' } : {};
    return { sdk, client: new Client({ ...options, ...own }) };
  }

  return async (service, operation, parameters) => {
    if (service === 'sns') return publish(route, parameters);
    const { sdk, client } = await clientOf(service);
    // The JSON of DynamoDB has bytes as Base64; a payload of Lambda is a text.
    const blobs = service === 'dynamodb' ? 'base64' : 'utf8';
    const Command = sdk[`${capital(operation)}Command`] as new (input: unknown) => SdkCommand;
    const [, , , , inputSchema, outputSchema] = new Command({}).schema as unknown[];
    const command = new Command(toSdk(inputSchema, parameters, blobs));
    let headers: Record<string, string> = {};
    command.middlewareStack.add(
      (next) => async (args) => {
        const handled = await next(args);
        ({ headers } = handled.response);
        return handled;
      },
      { step: 'deserialize', override: true, name: 'headers' },
    );
    try {
      const { $metadata, ...answer } = await client.send(command);
      return { output: await fromSdk(outputSchema, answer, blobs), requestId: $metadata.requestId ?? '', headers };
    } catch (cause) {
      throw failureOf(sdk, packages[service]!.fault, operation, cause);
    }
  };
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Over a socket the server tells the length of a body; in this process it is to be told too. */
function withLength(route: Service): Service {
  return async (request) => {
    const response = await route(request);
    const length = String(Buffer.byteLength(response.body));
    return { ...response, headers: { 'content-length': length, ...response.headers } };
  };
}

function failureOf(sdk: SdkModule, faultClass: string, operation: string, cause: unknown): unknown {
  const Fault = sdk[faultClass] as new () => Error;
  if (!(cause instanceof Fault)) return cause;
  const { name, message, $metadata = {} } = cause as unknown as SdkFault;
  // A HEAD has no body to name the error; SDKs for Java take what the operation's model has for 404.
  const code =
    name === 'NotFound' && operation.startsWith('head')
      ? `NoSuch${operation === 'headBucket' ? 'Bucket' : 'Key'}`
      : name;
  const known = sdk[code] as { prototype: unknown } | undefined;
  return new ServiceCallFailed({
    code,
    message,
    modelName: known?.prototype instanceof Fault ? code : undefined,
    status: $metadata.httpStatusCode ?? 0,
    requestId: $metadata.requestId ?? '',
    extendedRequestId: $metadata.extendedRequestId,
  });
}
