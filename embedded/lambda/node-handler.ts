import { statSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** A handler as users write it: it promises its result, or calls back. */
export type UserHandler = (
  event: unknown,
  context: object,
  callback: (error: unknown, result: unknown) => void,
) => unknown;

/** An error of Lambda's Node.js runtime, by its own name (aws-lambda-nodejs-runtime-interface-client, Errors.js). */
class RuntimeFault extends Error {
  constructor(name: string, cause: unknown) {
    super(String(cause));
    this.name = name;
  }
}

/** Extensions in the order in which Lambda looks for a handler's file. */
const EXTENSIONS = ['', '.js', '.mjs', '.cjs'];

/**
 * Loads a handler such as `src/index.handler` from the folder of a function's code. Throws RuntimeFault as Lambda's runtime
 * does: `Runtime.MalformedHandlerName`, `Runtime.ImportModuleError`, `Runtime.UserCodeSyntaxError`, `Runtime.HandlerNotFound`;
 * and what the code throws itself.
 */
export async function loadHandler(taskRoot: string, handler: string): Promise<UserHandler> {
  if (handler.includes('..')) {
    throw new RuntimeFault(
      'Runtime.MalformedHandlerName',
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const { dir, base } = path.parse(handler);
  const [, module, exported] = /^([^.]*)\.(.*)$/.exec(base) ?? [];
  if (module === undefined || exported === undefined)
    throw new RuntimeFault('Runtime.MalformedHandlerName', 'Bad handler');
  provideSdk();
  const loaded = await importModule(path.resolve(taskRoot, dir, module), taskRoot, module);
  let found: unknown = loaded;
  for (const name of exported.split('.')) found = (found as Record<string, unknown> | undefined)?.[name];
  if (found === undefined) {
    throw new RuntimeFault('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  }
  if (typeof found !== 'function') throw new RuntimeFault('Runtime.HandlerNotFound', `${handler} is not a function`);
  return found as UserHandler;
}

const isFile = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;

async function importModule(file: string, taskRoot: string, module: string): Promise<Record<string, unknown>> {
  const found = EXTENSIONS.map((extension) => `${file}${extension}`).find(isFile);
  try {
    const resolved = found ?? createRequire(path.join(taskRoot, 'x')).resolve(module);
    const { default: whole, ...named } = await import(pathToFileURL(resolved).href);
    // Not every name that a CommonJS module exports is seen from outside; its whole is its default.
    return { ...(whole instanceof Object ? whole : {}), ...named };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') {
      throw new RuntimeFault('Runtime.ImportModuleError', error);
    }
    if (error instanceof SyntaxError) throw new RuntimeFault('Runtime.UserCodeSyntaxError', error);
    throw error;
  }
}

/** Lets functions import the SDK without bringing it along, as on Lambda: what is not in their folder is taken from ours. */
function provideSdk(): void {
  const ours = createRequire(import.meta.url);
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (!/^@(aws-sdk|smithy)\//.test(specifier)) throw error;
        const isRequired = context.conditions.includes('require');
        const url = isRequired ? pathToFileURL(ours.resolve(specifier)).href : import.meta.resolve(specifier);
        return { url, shortCircuit: true };
      }
    },
  });
}
