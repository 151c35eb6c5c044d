import type { Failure, FailureCode } from '../../core/failures.ts';

/** Codes that Bun's fetch puts on its errors, tried one by one against Bun 1.4.5. */
const CODES: ReadonlyMap<string, FailureCode> = new Map([
  ['ECONNREFUSED', 'CONNECTION_REFUSED'],
  ['EHOSTUNREACH', 'CONNECTION_REFUSED'],
  ['ENETUNREACH', 'CONNECTION_REFUSED'],
  ['EADDRNOTAVAIL', 'CONNECTION_REFUSED'],
  ['ENOTFOUND', 'DNS_FAILED'],
  ['ENODATA', 'DNS_FAILED'],
  ['ESERVFAIL', 'DNS_FAILED'],
  ['ECONNRESET', 'CONNECTION_RESET'],
  ['EPIPE', 'CONNECTION_RESET'],
  ['ETIMEDOUT', 'CONNECT_TIMEOUT'],
  ['EPROTO', 'TLS_FAILED'],
  ['Malformed_HTTP_Response', 'STREAM_CORRUPT'],
  ['InvalidHTTPResponse', 'STREAM_CORRUPT'],
]);

/** Certificate errors carry OpenSSL's name for what is wrong. */
const TLS_CODE = /CERT|^ERR_(?:TLS|SSL)|^UNABLE_TO_|HOSTNAME_MISMATCH|^(?:INVALID_CA|PATH_LENGTH_EXCEEDED|CRL_)/;
const DNS_CODE = /^(?:EAI_|DNS_)/;

/**
 * What an error of `fetch` or of reading its body means. The error's own code is kept where it says more than ours:
 * `CERT_HAS_EXPIRED` and `DEPTH_ZERO_SELF_SIGNED_CERT` need different cures. An unknown error counts as a broken
 * connection, since that is what lets another target be tried.
 */
export function classifyNetworkError(error: unknown): Failure {
  const name = errorCode(error);
  if (name === undefined) return { code: 'CONNECTION_RESET' };
  const code = CODES.get(name) ?? (TLS_CODE.test(name) ? 'TLS_FAILED' : DNS_CODE.test(name) ? 'DNS_FAILED' : undefined);
  if (code === undefined || code === 'TLS_FAILED') return { code: code ?? 'CONNECTION_RESET', upstreamCode: name };
  return { code };
}

function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || typeof error.code !== 'string')
    return undefined;
  return /^[A-Za-z0-9_.:-]{1,64}$/.test(error.code) ? error.code : undefined;
}
