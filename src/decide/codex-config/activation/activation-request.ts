import { printableText } from '../printable-text.ts';

/** What `holdfast activate --team ADDRESS` asks of a gateway. Comes over the network: nothing is taken for granted. */
export interface ActivationRequest {
  /** `<provider>/<model>` or `<provider>`. */
  readonly target: string;
  /** `user@machine`, as the caller says. */
  readonly by: string;
  readonly reason: string | null;
  /** From now on. */
  readonly expiresInMs: number;
  readonly isForced: boolean;
}

/** An emergency that lasts longer belongs into the configuration. */
const MAX_EXPIRES_MS = 30 * 24 * 3_600_000;
/** For a team, when nobody says how long: one day. */
export const DEFAULT_TEAM_EXPIRES_MS = 24 * 3_600_000;

/** The request, or what is wrong with it. A request that only ends an activation names no target. */
export function readActivationRequest(body: string, needsTarget: boolean): ActivationRequest | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'the body is not JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'the body is not an object';
  const fields: Partial<Record<keyof ActivationRequest, unknown>> = value;
  const { target = '', by = '', reason = null, expiresInMs = DEFAULT_TEAM_EXPIRES_MS, isForced = false } = fields;
  if (typeof target !== 'string' || target.length > 300 || (needsTarget && target === ''))
    return '"target" must be the name of a target';
  if (typeof by !== 'string' || by.length > 300) return '"by" must be a text';
  if (reason !== null && (typeof reason !== 'string' || reason.length > 1_000)) return '"reason" must be a text';
  if (typeof expiresInMs !== 'number' || !(expiresInMs > 0 && expiresInMs <= MAX_EXPIRES_MS))
    return '"expiresInMs" must be above 0, and 30 days at most';
  if (typeof isForced !== 'boolean') return '"isForced" must be true or false';
  return {
    target,
    by: printableText(by) === '' ? 'unknown' : printableText(by),
    reason: reason === null ? null : printableText(reason),
    expiresInMs,
    isForced,
  };
}
