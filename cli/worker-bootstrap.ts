import type { HttpHandlerUserInput } from '@smithy/protocol-http';
import { useTransport } from '../functions/shared/clients.ts';

/** Lets the functions of a worker thread reach the engine, which runs in another thread: what the engine imports there first. */
export function prepare(requestHandler: HttpHandlerUserInput): void {
  useTransport(requestHandler);
}
