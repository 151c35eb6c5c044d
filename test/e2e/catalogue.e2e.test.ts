import { describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createCodexCli } from '../../src/connect/codex/create-codex-cli.ts';
import { readBundledCatalogue } from '../../src/connect/codex/read-bundled-catalogue.ts';
import { TASK, TASK_RESULT } from '../../src/serve/simulator/scenarios/task.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { GATEWAY_KEY, routeOver, startWalk } from '../walk/start-walk.ts';
import { codexBinary, lastMessage, runCodex } from './run-codex.ts';

/** Codex asks for a provider's models only when a command gives the key. */
const AUTH_COMMAND = [
  '[model_providers.under_test.auth]',
  `command = ${JSON.stringify(process.execPath)}`,
  `args = ["-e", "console.log('${GATEWAY_KEY}')"]`,
];

interface Case {
  readonly routed: string;
  readonly setting?: string;
  readonly model?: string;
  readonly withBundle: boolean;
}

/** The task once; what the first request offered as tools, and every line in which Codex speaks about metadata. */
async function play({ routed, setting = '', model, withBundle }: Case) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-catalogue-'));
  const cli = createCodexCli({ PATH: dirname(codexBinary()) });
  const bundledCatalogue = withBundle ? await readBundledCatalogue(cli, folder) : undefined;
  const simulator = await startSimulator({ scenario: TASK });
  const route = routeOver([simulator.url]).replace('models = ["gpt-*"]', `models = ["${routed}"]\n${setting}`);
  const walk = startWalk(route, { bundledCatalogue });
  try {
    const run = await runCodex({
      cwd: folder,
      codexHome: join(folder, 'home'),
      baseUrl: walk.baseUrl,
      providerLines: AUTH_COMMAND,
      prompt: 'Do the task.',
      ...(model === undefined ? {} : { model }),
    });
    const first = simulator.requests.find((request) => request.method === 'POST');
    const body = (first?.body ?? {}) as { tools?: { type: string; name?: string }[]; input?: { type: string }[] };
    return {
      exitCode: run.exitCode,
      last: lastMessage(run),
      complaints: `${run.stdout}\n${run.stderr}`.split('\n').filter((line) => /metadata for|refresh/i.test(line)),
      tools: body.tools?.map(({ type, name }) => `${type} ${name ?? ''}`.trim()),
      isLite: body.input?.some((item) => item.type === 'additional_tools'),
    };
  } finally {
    await walk.stop();
    await simulator.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

const DONE = { exitCode: 0, last: TASK_RESULT.finalMessage, complaints: [] };
const PLAIN = ['function exec_command', 'custom apply_patch'];

describe.concurrent('the catalogue that Codex gets', () => {
  test('gives metadata to a model that Codex does not know', async () => {
    const played = await play({ routed: 'some-new-model', model: 'some-new-model', withBundle: true });
    expect(played).toMatchObject({ ...DONE, isLite: false });
    expect(played.tools).toEqual(expect.arrayContaining(PLAIN));
  }, 120_000);

  test.each([true, false])(
    'turns code mode off on a portable route (Codex installed beside us: %p)',
    async (withBundle) => {
      const played = await play({ routed: 'gpt-6.1-sol', setting: 'tools = "portable"', withBundle });
      expect(played).toMatchObject({ ...DONE, isLite: false });
      expect(played.tools).toEqual(expect.arrayContaining(PLAIN));
      expect(played.tools?.filter((tool) => /^(namespace|tool_search)/.test(tool))).toEqual([]);
    },
    120_000,
  );

  test('leaves a model on a native route as Codex knows it', async () => {
    const played = await play({ routed: 'gpt-6.1-sol', withBundle: true });
    expect(played).toMatchObject({ ...DONE, tools: undefined, isLite: true });
  }, 120_000);
});
