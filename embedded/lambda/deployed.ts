import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { ServiceError } from '../errors.ts';
import { type CodeArchive, openCodeArchive, type StoredCode } from './code-archive.ts';
import { type FunctionPlace, functionArn } from './names.ts';
import type { Pool, SandboxKind } from './pool.ts';
import { openProcess } from './process-channel.ts';
import { openSandbox } from './sandbox.ts';
import { type FunctionRecord, openFunctionStore, type Permission } from './store.ts';

/** What a change of a function may name. */
export type FunctionChange = Partial<Omit<FunctionRecord, 'name' | 'revisionId' | 'modifiedMs' | keyof StoredCode>>;

/** Functions that clients made from zip files. They outlive the engine, in its folder. */
export interface DeployedFunctions {
  find(name: string): FunctionRecord | undefined;
  /** All, by name. */
  all(): FunctionRecord[];
  /**
   * Makes a function. Gives the record as it is while Lambda makes it: once it is active, it has another revision. Throws
   * ServiceError `InvalidParameterValueException` for the zip file, `InsufficientStorage`.
   */
  create(record: Omit<FunctionRecord, 'revisionId' | 'modifiedMs' | keyof StoredCode>, zip: Uint8Array): FunctionRecord;
  /** Changes a function's settings, its code, or both; as `create`. Invocations under way end with what they began with. */
  update(before: FunctionRecord, change: FunctionChange, zip?: Uint8Array): FunctionRecord;
  /** Changes who may call a function. Throws ServiceError `InsufficientStorage`. */
  permit(record: FunctionRecord, permissions: Permission[]): void;
  /** Throws ServiceError `InsufficientStorage`. */
  delete(record: FunctionRecord): void;
  /** Where a function runs. */
  sandbox(record: FunctionRecord): SandboxKind;
  zipFile(record: FunctionRecord): string;
  /** Closes the store; what is still to be removed is removed. */
  close(): Promise<void>;
}

export interface DeployedOptions extends FunctionPlace {
  directory: string;
  clock: Clock;
  pool: Pool;
  /** Address of the engine, at which functions reach its services. */
  endpoint(): Promise<string>;
}

/** Opens the functions of a folder. Throws SQLite's error when it cannot be used. */
export function openDeployed(options: DeployedOptions): DeployedFunctions {
  const { directory, clock, pool } = options;
  const store = openFunctionStore(directory);
  const archive: CodeArchive = openCodeArchive(directory);
  archive.sweep(store.all().map(({ codeId }) => codeId));
  const removals = new Set<Promise<void>>();

  /** Ends what runs a record that is no more, and then removes its code unless another record has it. */
  function supersede(before: FunctionRecord, codeStays: boolean): void {
    const earlier = [...removals];
    const removal = pool
      .retire(keyOf(before))
      // An older record may run on with the same code.
      .then(() => Promise.all(earlier))
      .then(() => {
        if (!codeStays) archive.remove(before.codeId);
      })
      .finally(() => removals.delete(removal));
    removals.add(removal);
  }

  function save(record: FunctionRecord): FunctionRecord {
    try {
      store.save({ ...record, revisionId: randomUUID() });
    } catch (error) {
      if (store.find(record.name)?.codeId !== record.codeId) archive.remove(record.codeId);
      throw error;
    }
    return record;
  }

  return {
    find: store.find,
    all: store.all,
    create(record, zip) {
      return save({ ...record, ...archive.store(zip), revisionId: randomUUID(), modifiedMs: clock.now() });
    },
    update(before, change, zip) {
      const code = zip && archive.store(zip);
      const record = save({ ...before, ...change, ...code, revisionId: randomUUID(), modifiedMs: clock.now() });
      supersede(before, code === undefined);
      return record;
    },
    permit: (record, permissions) => store.save({ ...record, permissions }),
    delete(record) {
      store.delete(record.name);
      supersede(record, false);
    },
    sandbox(record) {
      const { codeId, memoryMb } = record;
      return {
        key: keyOf(record),
        async open() {
          const taskRoot = archive.taskRoot(codeId);
          const environment = environmentOf(record, taskRoot, await options.endpoint(), options);
          return openSandbox((events) => openProcess({ taskRoot, memoryMb, environment }, events), clock);
        },
      };
    },
    zipFile: ({ codeId }) => archive.zipFile(codeId),
    async close() {
      await Promise.all(removals);
      store.close();
    },
  };
}

const keyOf = ({ name, revisionId }: FunctionRecord): string => `${name} ${revisionId}`;

/** What a function finds in its environment (Developer Guide, "Defined runtime environment variables"), and its own variables. */
function environmentOf(
  { name, runtime, handler, memoryMb, environment }: FunctionRecord,
  taskRoot: string,
  endpoint: string,
  { region, clock }: DeployedOptions,
): Record<string, string> {
  const day = new Date(clock.now()).toISOString().slice(0, 10).replaceAll('-', '/');
  return {
    AWS_ENDPOINT_URL: endpoint,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: process.env.PATH ?? '',
    ...environment,
    _HANDLER: handler,
    AWS_ACCESS_KEY_ID: 'embedded',
    AWS_SECRET_ACCESS_KEY: 'embedded',
    AWS_SESSION_TOKEN: 'embedded',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${day}/[$LATEST]${randomUUID().replaceAll('-', '')}`,
    LAMBDA_TASK_ROOT: taskRoot,
  };
}

/** A function as Lambda describes it. */
export function describe(record: FunctionRecord, place: FunctionPlace): Record<string, unknown> {
  return {
    FunctionName: record.name,
    FunctionArn: functionArn(place, record.name),
    Runtime: record.runtime,
    Role: record.roleArn,
    Handler: record.handler,
    CodeSize: record.codeSizeBytes,
    CodeSha256: record.codeSha256,
    Description: record.description,
    Timeout: record.timeoutS,
    MemorySize: record.memoryMb,
    LastModified: new Date(record.modifiedMs).toISOString().replace('Z', '+0000'),
    Version: '$LATEST',
    ...(record.environment && { Environment: { Variables: record.environment } }),
    TracingConfig: { Mode: 'PassThrough' },
    RevisionId: record.revisionId,
    PackageType: 'Zip',
    Architectures: [record.architecture],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${record.name}` },
  };
}

/** Throws ServiceError `PreconditionFailedException` when a caller's revision is not the function's. */
export function checkRevision({ revisionId }: FunctionRecord, asked: string | undefined): void {
  if (asked === undefined || asked === revisionId) return;
  throw new ServiceError(
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
    412,
  );
}
