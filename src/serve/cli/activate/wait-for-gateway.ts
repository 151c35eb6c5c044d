import type { ActivateDeps } from './activate-deps.ts';

/** It looks for a changed file once a second, and waits until nobody writes it any more. */
const WAIT_MS = 6_000;
const POLL_MS = 100;

/** True when the running gateway has taken over what was just written. */
export async function waitForGateway(
  before: number | undefined,
  deps: Pick<ActivateDeps, 'gatewayGeneration' | 'sleep'>,
): Promise<boolean> {
  if (before === undefined) return false;
  for (let waitedMs = 0; waitedMs < WAIT_MS; waitedMs += POLL_MS) {
    const generation = await deps.gatewayGeneration();
    if (generation !== undefined && generation !== before) return true;
    await deps.sleep(POLL_MS);
  }
  return false;
}
