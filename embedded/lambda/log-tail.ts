/** Lambda gives back the last 4 KB of an invocation's log (API reference, Invoke, `LogType`). */
const TAIL_BYTES = 4096;

export interface InvocationLog {
  write(text: string): void;
  /** The last of the log in base64, as `X-Amz-Log-Result` carries it. */
  tail(): string;
}

/** Gathers what an invocation writes; of a long log only the end is kept. */
export function invocationLog(): InvocationLog {
  let kept = Buffer.alloc(0);
  return {
    write(text) {
      kept = Buffer.concat([kept, Buffer.from(text)]).subarray(-TAIL_BYTES);
    },
    tail: () => kept.toString('base64'),
  };
}

export const startLine = (requestId: string): string => `START RequestId: ${requestId} Version: $LATEST\n`;

/** What Lambda writes when an invocation is past its limit. */
export const lateLine = (requestId: string, timeoutS: number, nowMs: number): string =>
  `${new Date(nowMs).toISOString()} ${requestId} Task timed out after ${timeoutS.toFixed(2)} seconds\n\n`;

export interface Reported {
  requestId: string;
  durationMs: number;
  memoryMb: number;
}

/** The lines at the end of an invocation. How much memory it took is not measured, and left out. */
export function endLines({ requestId, durationMs, memoryMb }: Reported): string {
  return (
    `END RequestId: ${requestId}\n` +
    `REPORT RequestId: ${requestId}\tDuration: ${durationMs.toFixed(2)} ms\tBilled Duration: ${Math.ceil(durationMs)} ms\t` +
    `Memory Size: ${memoryMb} MB\t\n`
  );
}
