import { describe, expect, test } from 'bun:test';
import { compareVersions, diagnose } from './diagnose.ts';
import type { DoctorFacts } from './doctor-facts.ts';

const HEALTHY: DoctorFacts = {
  codex: { file: '/usr/bin/codex', version: '0.169.0' },
  codexHome: { path: '/home/a/.codex', exists: true },
  input: { sources: [], projectFolders: [], env: { CODEX_API_KEY: 'x' }, login: 'none' },
  strictLoad: { kind: 'accepted' },
  codexDoctor: [],
  probes: [],
  certificates: [],
  sessions: new Map([['openai', 3]]),
  knownModels: ['gpt-5.5'],
};
const failing = (facts: Partial<DoctorFacts>): readonly string[] =>
  diagnose({ ...HEALTHY, ...facts })
    .filter(({ status }) => status === 'fail' || status === 'warning')
    .map(({ id }) => id);

test('nothing is wrong on a healthy machine', () => {
  expect(failing({})).toEqual([]);
});

test('Codex is missing, or does not run', () => {
  expect(failing({ codex: { file: undefined, version: undefined } })).toEqual(['codex-installed']);
  expect(failing({ codex: { file: '/usr/bin/codex', version: undefined } })).toEqual(['codex-installed']);
});

test('what Codex refuses counts when lint found no error', () => {
  expect(failing({ strictLoad: { kind: 'refused', message: 'Error: x' } })).toEqual(['config.codex']);
  const sources = [{ path: 'c', role: 'user', text: 'profile = "x"' }] as const;
  const input = { ...HEALTHY.input, sources };
  expect(failing({ input, strictLoad: { kind: 'refused', message: 'Error: x' } })).toEqual([
    'config.legacy-profile-key',
  ]);
});

test("Codex's reachability check counts where Holdfast asked nobody itself", () => {
  const check = { id: 'network.provider_reachability', status: 'fail', summary: 's', remediation: 'r' } as const;
  expect(failing({ codexDoctor: [check] })).toEqual(['codex.network.provider_reachability']);
  const probes = [{ name: 'p', of: 'codex', outcome: { kind: 'answered', durationMs: 1 } }] as const;
  expect(failing({ codexDoctor: [check], probes })).toEqual([]);
});

describe('every finding says why it matters and what to do', () => {
  test.each<[name: string, facts: Partial<DoctorFacts>]>([
    ['version', { codex: { file: 'x', version: '0.1.0' } }],
    ['certificates', { certificates: [{ variable: 'SSL_CERT_FILE', exists: false }] }],
    ['sessions', { sessions: new Map([['gone', 1]]) }],
    ['gateway', { gateway: { address: 'http://127.0.0.1:1/v1', configured: undefined, health: 'down' } }],
    ['probe', { probes: [{ name: 'p', of: 'gateway', outcome: { kind: 'failed', reason: 'odd' } }] }],
  ])('%s', (_, facts) => {
    const found = diagnose({ ...HEALTHY, ...facts }).filter(({ status }) => status === 'fail' || status === 'warning');
    expect(found.length).toBe(1);
    expect(found[0]?.why).not.toBeEmpty();
    expect(found[0]?.fix).not.toBeEmpty();
  });
});

test.each<[string, number]>([
  ['0.134.0', 0],
  ['0.133.9', -1],
  ['0.134.1', 1],
  ['1.0.0', 1],
  ['0.134.0-alpha.1', 0],
])('%s against 0.134.0', (version, sign) => {
  expect(Math.sign(compareVersions(version, [0, 134, 0]))).toBe(sign);
});
