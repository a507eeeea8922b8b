import type { HttpHandlerUserInput } from '@smithy/protocol-http';

let given: HttpHandlerUserInput | undefined;

export function prepare(requestHandler: HttpHandlerUserInput): void {
  given = requestHandler;
}

export const transport = (): HttpHandlerUserInput => given!;
