import { afterEach, expect, test } from 'bun:test';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRejections } from '../../src/decide/wire/sanitise/__fixtures__/strict-responses-server.ts';
import { RESPONSES_DIALECTS } from '../../src/decide/wire/sanitise/dialects.ts';
import type { Scenario } from '../../src/serve/simulator/scenario.ts';
import { TASK, TASK_RESULT } from '../../src/serve/simulator/scenarios/task.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { startWalk } from '../walk/start-walk.ts';
import { lastMessage, runCodex } from './run-codex.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** The task with a look-up in an MCP server before its last answer. */
const LOOKUP = [{ kind: 'mcp', server: 'demo', tool: 'lookup', arguments: { query: 'x' } }] as const;
const STEPS = TASK.turns[0] ?? [];
const SCENARIO: Scenario = { ...TASK, turns: [[...STEPS.slice(0, -1), LOOKUP, ...STEPS.slice(-1)]] };

const ITEMS = ['message', 'reasoning', 'function_call', 'function_call_output'];

interface Vendor {
  readonly id: string;
  readonly toolTypes: readonly string[];
  readonly itemTypes: readonly string[];
}

/** Every vendor whose requests are always adapted; each refuses whatever it does not know. */
const VENDORS = RESPONSES_DIALECTS.filter(({ portable }) => portable !== undefined).map(({ id, tools }): Vendor => {
  const hosted = id === 'xai' ? ['web_search', 'x_search', 'image_generation', 'mcp', 'shell'] : [];
  const searched = tools.handling.web_search === 'native' ? ['web_search'] : [];
  return tools.handling.custom === 'native'
    ? {
        id,
        toolTypes: ['function', 'custom', ...searched],
        itemTypes: [...ITEMS, 'custom_tool_call', 'custom_tool_call_output'],
      }
    : { id, toolTypes: ['function', ...searched, ...hosted], itemTypes: ITEMS };
});
const CLIENTS = [
  ['its default model, which works in code mode', undefined],
  ['gpt-5.5, with classic tools and a search for deferred ones', 'gpt-5.5'],
  ['a model it does not know', 'gpt-oss-120b'],
] as const;
const ROWS = VENDORS.flatMap((vendor) => CLIENTS.map(([name, model]) => [vendor.id, name, model, vendor] as const));

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-sanitise-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

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

test.each(ROWS)(
  '%s as the only target, and Codex with %s: shell, patch and MCP work, each once, and the thread can be resumed',
  async (dialect, _name, model, { toolTypes, itemTypes }) => {
    const simulator = await startSimulator({
      name: dialect,
      scenario: SCENARIO,
      strict: {
        firstParty: false,
        toolTypes,
        itemTypes,
      },
    });
    cleanUps.push(simulator.stop);
    const walk = startWalk(routeTo(simulator.url, dialect));
    cleanUps.push(walk.stop);
    const cwd = await temporaryFolder();
    const codex = {
      cwd,
      codexHome: await temporaryFolder(),
      baseUrl: walk.baseUrl,
      key: walk.key,
      prompt: 'Do the task.',
      extraArgs: [
        ['-c', `mcp_servers.demo.command=${JSON.stringify(process.execPath)}`],
        ['-c', `mcp_servers.demo.args=${JSON.stringify([join(import.meta.dir, 'mcp-server.ts')])}`],
      ].flat(),
      ...(model === undefined ? {} : { model }),
    };
    const run = await runCodex(codex);
    expect({ exitCode: run.exitCode, stderr: run.exitCode === 0 ? '' : run.stderr }).toEqual({
      exitCode: 0,
      stderr: '',
    });
    expect(await readFile(join(cwd, TASK_RESULT.logFile), 'utf8')).toBe(TASK_RESULT.logText);
    expect(await readFile(join(cwd, TASK_RESULT.patchedFile), 'utf8')).toBe(TASK_RESULT.patchedText);
    expect(lastMessage(run)).toBe(TASK_RESULT.finalMessage);
    expect(JSON.stringify(simulator.requests.at(-1)?.body)).toContain('found {');
    expect(run.stdout).not.toContain('Reconnecting');

    const thread = String(run.jsonEvents.find((event) => event.type === 'thread.started')?.['thread_id']);
    const resumed = await runCodex({ ...codex, command: ['exec', 'resume', thread, 'And again.'] });
    expect(resumed.exitCode).toBe(0);
    expect(walk.exchanges.map((exchange) => exchange.outcome)).toEqual(walk.exchanges.map(() => 'ok'));
    for (const request of simulator.requests) {
      expect(findRejections(request.body, dialect).filter((found) => found !== 'leaks gAAAA')).toEqual([]);
    }
  },
  120_000,
);
