import { isLoopback } from '../../decide/codex-config/lint/network.ts';
import { askLoopback } from '../http/ask-loopback.ts';
import { CliError } from './cli-deps.ts';

/** How commands ask the running gateway. */
export interface AdminClient {
  /** Parsed JSON of `GET /holdfast/<path>`; `undefined` when no gateway runs for this home. */
  readonly get: (path: string) => Promise<unknown>;
}

export interface AdminAccess {
  readonly url: string;
  readonly key: string;
}

export interface AdminRequest {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** After `/holdfast/`. */
  readonly path: string;
  readonly body?: object;
  readonly timeoutMs: number;
}

export interface AdminAnswer {
  readonly status: number;
  /** Parsed; `undefined` when it is not JSON. */
  readonly body: unknown;
}

const TIMEOUT_MS = 5000;

/** `locate` finds the running gateway and its admin key. */
export function createAdminClient(locate: () => Promise<AdminAccess | undefined>): AdminClient {
  return {
    get: async (path) => {
      const access = await locate();
      if (access === undefined) return undefined;
      const answer = await askAdmin(access, { method: 'GET', path, timeoutMs: TIMEOUT_MS }).catch(() => undefined);
      if (answer === undefined) return undefined; // it was there once: the file outlived it
      if (answer.status !== 200)
        throw new CliError(
          `the gateway at ${access.url} answered ${answer.status}. Was HOLDFAST_HOME changed since it was started?`,
        );
      return answer.body;
    },
  };
}

/** Rejects when nothing answers in time. The key goes to that address and nowhere else. */
export async function askAdmin({ url, key }: AdminAccess, request: AdminRequest): Promise<AdminAnswer> {
  const { method, path, body, timeoutMs } = request;
  const address = `${url}/holdfast/${path}`;
  const headers = {
    authorization: `Bearer ${key}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  // `fetch` would hand the key of a gateway on this machine to HTTP_PROXY.
  if (isLoopback(url)) {
    const answer = await askLoopback(address, { method, headers, timeoutMs, ...text });
    return { status: answer.status, body: readJson(answer.text) };
  }
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await fetch(address, { method, headers, signal, redirect: 'error', ...text });
  return { status: response.status, body: readJson(await response.text()) };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
