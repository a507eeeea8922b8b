import type { IncomingMessage } from 'node:http';

/** The memory that all bodies held at one time may take. */
export interface BodyRoom {
  /** Takes `sizeBytes`, or says that there is no room for them. */
  take(sizeBytes: number): boolean;
  give(sizeBytes: number): void;
}

export function newBodyRoom(capacityBytes: number): BodyRoom {
  let heldBytes = 0;
  return {
    take(sizeBytes) {
      if (heldBytes + sizeBytes > capacityBytes) return false;
      heldBytes += sizeBytes;
      return true;
    },
    give(sizeBytes) {
      heldBytes -= sizeBytes;
    },
  };
}

export interface BodyOptions {
  limitBytes: number;
  /** How long the sender may be silent. */
  stallMs: number;
  room: BodyRoom;
}

/** A whole body, whose room is to be given back by `release`, or why there is none. */
export type BodyOutcome = { body: Buffer; release(): void } | 'too-large' | 'stalled' | 'no-room' | 'cut-off';

/**
 * Reads the body of a request. One of known length is held once: it grows in the place that it will have. Nothing beyond
 * `limitBytes` is held, and nothing is waited for longer than `stallMs`. The request is left paused when there is no body.
 */
export function readBody(request: IncomingMessage, { limitBytes, stallMs, room }: BodyOptions): Promise<BodyOutcome> {
  const declaredBytes = declaredLength(request);
  if (declaredBytes === 0) return Promise.resolve({ body: Buffer.alloc(0), release() {} });
  if ((declaredBytes ?? 0) > limitBytes) return Promise.resolve('too-large');
  let takenBytes = declaredBytes ?? 0;
  if (!room.take(takenBytes)) return Promise.resolve('no-room');
  const release = () => room.give(takenBytes);

  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let whole: Buffer | undefined;
    let sizeBytes = 0;
    const stall = setTimeout(() => end('stalled'), stallMs);

    function end(outcome: BodyOutcome): void {
      clearTimeout(stall);
      request.off('data', onData).off('end', onEnd).off('close', onCutOff).off('error', onCutOff);
      // What comes after a broken body may still fail; nobody waits for it.
      request.on('error', () => {}).pause();
      if (typeof outcome === 'string') release();
      resolve(outcome);
    }
    /** Why the body cannot go on with this chunk; undefined once it is taken. */
    function refusalOf(chunk: Buffer): BodyOutcome | undefined {
      if (sizeBytes + chunk.length > limitBytes) return 'too-large';
      if (declaredBytes === undefined) {
        if (!room.take(chunk.length)) return 'no-room';
        takenBytes += chunk.length;
        chunks.push(chunk);
      } else if (chunk.length === declaredBytes) {
        whole = chunk;
      } else {
        try {
          // Not from the pool of small buffers: a body lives longer than its request.
          whole ??= Buffer.allocUnsafeSlow(declaredBytes);
        } catch {
          return 'no-room';
        }
        chunk.copy(whole, sizeBytes);
      }
      sizeBytes += chunk.length;
      return undefined;
    }
    function onData(chunk: Buffer): void {
      stall.refresh();
      const refusal = refusalOf(chunk);
      if (refusal !== undefined) end(refusal);
    }
    const onEnd = () => end({ body: whole ?? Buffer.concat(chunks), release });
    const onCutOff = () => end('cut-off');
    request.on('data', onData).on('end', onEnd).on('close', onCutOff).on('error', onCutOff);
  });
}

/** Bytes that a body will have; undefined when that shows only at its end. */
export function declaredLength({ headers }: IncomingMessage): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return Number(headers['content-length'] ?? 0);
}
