/** What a handler is given beside its event. */
export interface Tools {
  /** Waits on the clock of the engine. */
  sleep(ms: number): Promise<void>;
}

class Named extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** The Lambda functions of the recordings, which are in Python there, under the names of their files. */
export const handlers: Record<string, (event: unknown, tools: Tools) => Promise<unknown>> = {
  id_function: async (event) => event,
  echo_function: async () => ({ Return: 'HelloWorld' }),
  raise_exception: async () => {
    throw new Named('Exception', 'Some exception was raised.');
  },
  raise_custom_exception: async () => {
    throw new Named('CustomException', '');
  },
  return_bytes_str: async () => 'HelloWorld!',
  large_output_string: async () => 'a'.repeat(257 * 1024),
  wait_60_seconds: async (event, { sleep }) => {
    await sleep(60_000);
    return event;
  },
};
