import type { Fault } from '../../src/serve/simulator/faults/fault.ts';
import type { Pace } from '../../src/serve/simulator/plan-transmission.ts';
import type { Scenario } from '../../src/serve/simulator/scenario.ts';
import { SELF_SIGNED_CERTIFICATE } from '../../src/serve/simulator/self-signed-certificate.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { refusedUrl, startBrokenTls, unresolvableUrl } from '../../src/serve/simulator/unreachable.ts';

/** A provider that does not do what it should. */
export interface FaultyProvider {
  readonly url: string;
  /** Model calls that reached it; 0 for one that cannot be reached. */
  readonly requestCount: () => number;
  readonly stop: () => Promise<void>;
}

export type StartProvider = (scenario: Scenario, name: string) => Promise<FaultyProvider>;

/** A simulator with these faults on every request. */
export function withFaults(faults: readonly Fault[], pace: Pace = {}): StartProvider {
  return async (scenario, name) => {
    const simulator = await startSimulator({ scenario, name, faults, pace });
    return { url: simulator.url, requestCount: () => simulator.requests.length, stop: simulator.stop };
  };
}

const nobody = (url: string, stop: () => void = () => {}): FaultyProvider => ({
  url,
  requestCount: () => 0,
  stop: async () => stop(),
});

export const refused: StartProvider = async () => nobody(refusedUrl());
export const unresolvable: StartProvider = async () => nobody(unresolvableUrl());
export const brokenTls: StartProvider = async () => {
  const listener = await startBrokenTls();
  return nobody(listener.url, listener.stop);
};

/** Its certificate is signed by nobody whom anyone knows. */
export const untrusted: StartProvider = async (scenario, name) => {
  const simulator = await startSimulator({ scenario, name, tls: SELF_SIGNED_CERTIFICATE });
  return { url: simulator.url, requestCount: () => simulator.requests.length, stop: simulator.stop };
};

/** It accepts the connection, and leaves the TLS handshake unanswered. */
export const silentTls: StartProvider = async () => {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  return nobody(`https://127.0.0.1:${listener.port}/v1`, () => listener.stop(true));
};
