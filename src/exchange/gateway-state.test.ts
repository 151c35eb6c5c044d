import { expect, test } from 'bun:test';
import type { FailureCode } from '../core/failures.ts';
import { readSettings } from '../decide/config/read-settings.ts';
import { availability } from '../decide/routing/health-table.ts';
import { resolveTarget } from '../decide/routing/resolve-target.ts';
import { GatewayState } from './gateway-state.ts';

const TOML = `
[providers.p]
wire = "responses"
base_url = "http://127.0.0.1:1/v1"
key = "none"
[[routes]]
id = "main"
models = ["*"]
  [[routes.targets]]
  provider = "p"
`;
const reading = readSettings(Buffer.from(TOML), {
  file: '/h.toml',
  homeDir: '/h',
  holdfastHome: '/h/.holdfast',
  env: {},
});
if (reading.kind !== 'loaded') throw new Error('the settings of this test are not valid');
const { settings } = reading;
const [routeTarget] = settings.routes[0]?.targets ?? [];
if (routeTarget === undefined) throw new Error('the route of this test has no target');
const target = resolveTarget(routeTarget, 'gpt-5.5');
const of = (sessionId: string) => ({ sessionId, turnId: undefined, fingerprint: undefined });

/** Who avoids the target so long after it failed the session `one`. */
function avoidedAfter(code: FailureCode, waitedMs: number): Record<string, boolean> {
  const state = new GatewayState(settings);
  state.failed(target, of('one'), { code }, 0, 0, settings);
  const isAvoided = (sessionId: string): boolean => state.affinityOf(sessionId, waitedMs).avoid.has(target.id);
  return {
    session: isAvoided('one'),
    others: isAvoided('two') || availability(state.health, target, waitedMs).kind !== 'ready',
  };
}

test.each([
  ['a server error for a minute', 'SERVER_ERROR', 59_000, true, false],
  ['a server error no longer', 'SERVER_ERROR', 61_000, false, false],
  ['what a target cannot serve for a quarter of an hour', 'TARGET_UNSUPPORTED', 899_000, true, false],
  ['what a target cannot serve no longer', 'TARGET_UNSUPPORTED', 901_000, false, false],
  ["a client's own fault not at all", 'BAD_REQUEST', 0, false, false],
  ['a withdrawn model in every session', 'MODEL_NOT_FOUND', 1000, true, true],
] as const)('a session avoids a target after %s', (_name, code, waitedMs, session, others) => {
  expect(avoidedAfter(code, waitedMs)).toEqual({ session, others });
});
