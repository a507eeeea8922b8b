import { createHash } from 'node:crypto';
import type { CallbackLevel } from './dynalite.ts';

/** How long a ClientRequestToken stands for its request (API reference, TransactWriteItems). */
const LIFETIME_MS = 10 * 60_000;
/** Tokens that one request sweeps away at most once they are old: more than it adds, so that they never pile up. */
const SWEPT_AT_ONCE = 10;

const tokenKey = (token: string) => `request-token~${token}`;
const timeKey = (atMs: number, token = '') => `request-time~${String(atMs).padStart(16, '0')}~${token}`;

interface TokenRecord {
  digest: string;
  atMs: number;
}

/** Digest of a JSON value in which the order of members does not matter. */
export function digestOf(value: unknown): string {
  const sorted = JSON.stringify(value ?? null, (_name, member) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
  return createHash('sha256').update(sorted).digest('base64');
}

/** Digest of the request that a token stands for; undefined when it is unknown, or too old. */
export function digestOfToken(db: CallbackLevel, token: string, nowMs: number): string | undefined {
  const record = db.getSync(tokenKey(token)) as TokenRecord | undefined;
  return record !== undefined && nowMs - record.atMs < LIFETIME_MS ? record.digest : undefined;
}

/** Remembers a token in the batch of the action that is under way, which also forgets some that are too old. */
export async function rememberToken(db: CallbackLevel, token: string, digest: string, nowMs: number): Promise<void> {
  const old = await db.keys({ gt: timeKey(0), lt: timeKey(nowMs - LIFETIME_MS), limit: SWEPT_AT_ONCE }).all();
  db.batch([
    ...old.flatMap((key) => {
      const oldToken = key.slice(timeKey(0).length);
      return [
        { type: 'del' as const, key },
        { type: 'del' as const, key: tokenKey(oldToken) },
      ];
    }),
    { type: 'put', key: tokenKey(token), value: { digest, atMs: nowMs } satisfies TokenRecord },
    { type: 'put', key: timeKey(nowMs, token), value: true },
  ]);
}
