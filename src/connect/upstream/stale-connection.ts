import { GatewayError } from '../../core/failures.ts';

/**
 * A reset this soon on a connection that was idle before means that the server closed it while the request was on its
 * way: the answer to that takes one round trip. Later than this, the server may be at work on the request.
 *
 * The POST is then repeated although HTTP forbids a proxy to do so blindly: no byte of an answer has come and none can
 * come any more, so the walk would repeat it anyway, only at another target and at the expense of this one's health. At
 * most once, and on a connection that is certainly new.
 */
export const STALE_WINDOW_MS = 1000;

export function isReset(error: unknown): boolean {
  return error instanceof GatewayError && error.failure.code === 'CONNECTION_RESET';
}
