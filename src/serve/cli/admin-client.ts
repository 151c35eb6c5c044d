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

const TIMEOUT_MS = 5000;

/** `locate` finds the running gateway and its admin key. */
export function createAdminClient(locate: () => Promise<AdminAccess | undefined>): AdminClient {
  return {
    get: async (path) => {
      const access = await locate();
      if (access === undefined) return undefined;
      let response: Response;
      try {
        response = await fetch(`${access.url}/holdfast/${path}`, {
          headers: { authorization: `Bearer ${access.key}` },
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
      } catch {
        return undefined; // it was there once: the file outlived it
      }
      if (!response.ok)
        throw new CliError(
          `the gateway at ${access.url} answered ${response.status}. Was HOLDFAST_HOME changed since it was started?`,
        );
      return await response.json();
    },
  };
}
