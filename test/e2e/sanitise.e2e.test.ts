import { describe, expect, test } from 'bun:test';
import { RESPONSES_DIALECTS } from '../../src/decide/wire/sanitise/dialects.ts';
import { DIALECTS } from '../../src/serve/simulator/create-wire.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { startWalk } from '../walk/start-walk.ts';
import { expectFullTaskDone, FULL_TASK, foreignStateAt, playFullTask, refusedBy, sawLookup } from './play-task.ts';

/** What comes back to the model of its own thoughts: sealed or as text, or nothing where there is no place for it. */
const THOUGHTS_KEPT: Readonly<Record<string, boolean>> = {
  azure: true,
  bedrock: true,
  'bedrock-mantle': true,
  openrouter: true,
  xai: true,
  deepseek: true,
  minimax: true,
  databricks: true,
  ollama: true,
  vllm: true,
  sglang: true,
  llamacpp: true,
};

/** Every vendor whose requests may have to be adapted; the simulator refuses what the vendor would. */
const VENDORS = RESPONSES_DIALECTS.map(({ id }) => id).filter((id) => id !== 'compatible');
const CLIENTS = [
  ['its default model, which works in code mode', undefined],
  ['gpt-5.5, with classic tools and a search for deferred ones', 'gpt-5.5'],
  ['a model it does not know', 'gpt-oss-120b'],
] as const;
const ROWS = VENDORS.flatMap((vendor) => CLIENTS.map(([name, model]) => [vendor, name, model] as const));

const routeTo = (url: string, dialect: string): string => `
[server]
listen = "127.0.0.1:0"
[providers.vendor]
wire = "responses"
base_url = "${url}"
dialect = "${dialect}"
key = "none"
[[routes]]
id = "test"
models = ["*"]
  [[routes.targets]]
  provider = "vendor"
`;

test('the simulator speaks every dialect that there is', () => {
  expect(VENDORS.filter((vendor) => !DIALECTS.responses.includes(vendor))).toEqual([]);
  expect(VENDORS.length).toBeGreaterThan(15);
});

describe.concurrent('a vendor of the Responses API as the only target', () => {
  test.each(ROWS)(
    '%s, and Codex with %s: shell, patch and MCP work, each once, and the thread can be resumed',
    async (dialect, _name, model) => {
      const simulator = await startSimulator({ wire: 'responses', dialect, scenario: FULL_TASK });
      const walk = startWalk(routeTo(simulator.url, dialect));
      try {
        const played = await playFullTask(walk, model);
        expect(refusedBy(simulator)).toEqual([]);
        expectFullTaskDone(played);
        expect(sawLookup(simulator.requests)).toBe(true);
        expect(foreignStateAt(simulator)).toEqual([]);
        expect(walk.exchanges.flatMap(({ attempts }) => attempts.map((one) => one.outcome))).toEqual(
          simulator.requests.map(() => 'ok'),
        );
        const last = Buffer.from(simulator.requests.at(-1)?.bytes ?? []).toString();
        const thoughts = ['one', 'two', 'three', 'four', 'five'].filter((word) => last.includes(`Thought ${word}:`));
        expect(thoughts.length).toBe(THOUGHTS_KEPT[dialect] === true ? 5 : 0);
        for (const { headers } of simulator.requests) {
          expect(JSON.stringify(headers)).not.toMatch(/x-codex|x-openai|originator|session-id|thread-id/);
        }
      } finally {
        await walk.stop();
        await simulator.stop();
      }
    },
    300_000,
  );
});
