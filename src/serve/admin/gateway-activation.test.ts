import { describe, expect, test } from 'bun:test';
import type { Settings } from '../../core/settings.ts';
import { readSettings } from '../../decide/config/read-settings.ts';
import type { ProbeOutcome } from '../probe/probe-target.ts';
import { createGatewayActivation, type GatewayActivation } from './gateway-activation.ts';

function settingsOf(ids: readonly string[]): Settings {
  const providers = ids.map(
    (id) => `[providers.${id}]\nwire = "responses"\nbase_url = "http://${id}/v1"\nkey = "none"\n`,
  );
  const targets = ids.map((id, index) => `  [[routes.targets]]\n  provider = "${id}"\n  priority = ${index + 1}\n`);
  const toml = `${providers.join('\n')}\n[[routes]]\nid = "r"\nmodels = ["m"]\n${targets.join('')}`;
  const context = { file: '/x', homeDir: '/x', holdfastHome: '/x', env: {} };
  const reading = readSettings(new TextEncoder().encode(toml), context);
  if (reading.kind !== 'loaded') throw new Error(JSON.stringify(reading.problems));
  return reading.settings;
}

interface World {
  settings: Settings;
  nowMs: number;
  journal: string | undefined;
  isReadOnly: boolean;
  readonly dead: Set<string>;
  readonly log: string[];
}

const world = (): World => ({
  settings: settingsOf(['a', 'b', 'c']),
  nowMs: 1_000,
  journal: undefined,
  isReadOnly: false,
  dead: new Set(),
  log: [],
});

function start(around: World): Promise<GatewayActivation> {
  const line = (event: string): void => void around.log.push(event);
  return createGatewayActivation({
    configured: () => around.settings,
    journal: {
      read: async () => around.journal,
      edit: async (compute) => {
        if (around.isReadOnly) throw new Error('read-only');
        around.journal = compute(around.journal);
      },
    },
    probe: async ({ provider }): Promise<ProbeOutcome> =>
      around.dead.has(provider.id)
        ? { kind: 'failed', durationMs: 1, reason: 'dead' }
        : { kind: 'answered', durationMs: 1, calledTool: true },
    now: () => around.nowMs,
    log: { info: line, warn: line },
  });
}

const order = ({ settings }: GatewayActivation): readonly string[] =>
  (settings().routes[0]?.targets ?? [])
    .toSorted((left, right) => left.priority - right.priority)
    .map(({ provider }) => provider.id);
const put = (target: string, more: object = {}): string => JSON.stringify({ target, by: 'ann@box', ...more });

describe('a target that is put first', () => {
  test('stands before the others, which keep their order, until its time is over', async () => {
    const around = world();
    const activation = await start(around);
    expect(order(activation)).toEqual(['a', 'b', 'c']);
    expect((await activation.change('PUT', put('c', { expiresInMs: 500 }))).status).toBe(200);
    expect(order(activation)).toEqual(['c', 'a', 'b']);
    around.nowMs = 1_499;
    expect(order(activation)).toEqual(['c', 'a', 'b']);
    around.nowMs = 1_500;
    expect(order(activation)).toEqual(['a', 'b', 'c']);
    expect(activation.report()).toBeUndefined();
  });

  test('is first in a new generation of the configuration too, and the settings are made once for each', async () => {
    const around = world();
    const activation = await start(around);
    await activation.change('PUT', put('b'));
    expect(activation.settings()).toBe(activation.settings());
    around.settings = settingsOf(['a', 'c', 'b']);
    expect(order(activation)).toEqual(['b', 'a', 'c']);
    around.settings = settingsOf(['a', 'c']);
    expect(order(activation)).toEqual(['a', 'c']);
    expect(activation.report()).toMatchObject({ target: 'b', isKnown: false });
  });

  test('is first after a restart as well, and that is logged', async () => {
    const around = world();
    await (await start(around)).change('PUT', put('b', { reason: 'outage' }));
    const restarted = await start(around);
    expect(order(restarted)).toEqual(['b', 'a', 'c']);
    expect(restarted.report()).toMatchObject({ by: 'ann@box', reason: 'outage', isForced: false });
    expect(around.log).toContain('activation.restored');
    await restarted.change('DELETE', JSON.stringify({ by: 'ann@box' }));
    expect(order(await start(around))).toEqual(['a', 'b', 'c']);
  });

  test('gives way to another one', async () => {
    const around = world();
    const activation = await start(around);
    await activation.change('PUT', put('b'));
    await activation.change('PUT', put('c'));
    expect(order(activation)).toEqual(['c', 'a', 'b']);
    await activation.change('DELETE', '{}');
    expect(order(activation)).toEqual(['a', 'b', 'c']);
  });
});

describe('nothing changes', () => {
  test.each<[name: string, spoil: (around: World) => void, status: number]>([
    ['when it does not answer', ({ dead }) => void dead.add('b'), 409],
    [
      'when it cannot be recorded: it would not outlive a restart',
      (around) => {
        around.isReadOnly = true;
      },
      500,
    ],
    [
      'when there is no such target',
      (around) => {
        around.settings = settingsOf(['a']);
      },
      404,
    ],
  ])('%s', async (_, spoil, status) => {
    const around = world();
    spoil(around);
    const activation = await start(around);
    const before = order(activation);
    const answer = await activation.change('PUT', put('b'));
    expect(answer).toMatchObject({ status, body: { activation: null, message: expect.any(String) } });
    expect(order(activation)).toEqual(before);
    expect(around.journal).toBeUndefined();
  });

  test('when going back would lead to what is dead, unless that is forced', async () => {
    const around = world();
    const activation = await start(around);
    await activation.change('PUT', put('b'));
    around.dead.add('a');
    expect((await activation.change('DELETE', '{}')).status).toBe(409);
    expect(order(activation)).toEqual(['b', 'a', 'c']);
    expect((await activation.change('DELETE', '{"isForced":true}')).status).toBe(200);
    expect(around.journal).toContain('"isForced":true');
  });
});
