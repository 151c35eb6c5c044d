import { describe, expect, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createCodexCli } from '../../src/connect/codex/create-codex-cli.ts';
import { readBundledCatalogue } from '../../src/connect/codex/read-bundled-catalogue.ts';
import { TASK, TASK_RESULT } from '../../src/serve/simulator/scenarios/task.ts';
import { startSimulator } from '../../src/serve/simulator/simulator.ts';
import { GATEWAY_KEY, routeOver, startWalk } from '../walk/start-walk.ts';
import { createCodexSandbox } from './codex-sandbox.ts';
import { codexBinary, lastMessage, runCodex } from './run-codex.ts';
import { freePort, startGateway } from './start-gateway.ts';

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
  }, 180_000);

  test.each([true, false])(
    'turns code mode off on a portable route (Codex installed beside us: %p)',
    async (withBundle) => {
      const played = await play({ routed: 'gpt-6.1-sol', setting: 'tools = "portable"', withBundle });
      expect(played).toMatchObject({ ...DONE, isLite: false });
      expect(played.tools).toEqual(expect.arrayContaining(PLAIN));
      expect(played.tools?.filter((tool) => /^(namespace|tool_search)/.test(tool))).toEqual([]);
    },
    300_000,
  );

  test('leaves a model on a native route as Codex knows it', async () => {
    const played = await play({ routed: 'gpt-6.1-sol', withBundle: true });
    expect(played).toMatchObject({ ...DONE, tools: undefined, isLite: true });
  }, 180_000);
});

/** Two targets of one model: the second takes no code mode and less than Codex thinks. */
const configFor = (port: number, url: string): string => `
[server]
listen = "127.0.0.1:${port}"
[providers.first]
wire = "responses"
base_url = "${url}"
key = "none"
[providers.second]
wire = "chat"
dialect = "deepseek"
base_url = "${url}"
key = "none"
[[routes]]
id = "everything"
models = ["gpt-6.1-sol"]
[[routes.targets]]
provider = "first"
[[routes.targets]]
provider = "second"
model = "deepseek-v4"
priority = 2
context_window = 61000
`;

/** Codex keeps a reserve of what a model takes. */
const WINDOW_OF_61000 = 57_950;
const OWN_WINDOW = 258_400;

describe('after "holdfast codex connect"', () => {
  test.each([
    { form: 'with a profile', connect: [], codex: ['-p', 'holdfast'], window: WINDOW_OF_61000, isPortable: true },
    { form: '--default', connect: ['--default'], codex: [], window: WINDOW_OF_61000, isPortable: true },
    // Codex fetches no list for its own provider, and takes an address for one from its makers only.
    { form: '--openai-base-url', connect: ['--openai-base-url'], codex: [], window: OWN_WINDOW, isPortable: false },
  ])(
    '$form: the window of the smallest tier, and tools that every tier takes: $isPortable',
    async (row) => {
      const sandbox = createCodexSandbox();
      const simulator = await startSimulator({ scenario: TASK });
      const port = await freePort();
      const holdfastHome = join(sandbox.folder, 'holdfast');
      mkdirSync(holdfastHome);
      writeFileSync(join(holdfastHome, 'holdfast.toml'), configFor(port, simulator.url));
      const gateway = await startGateway(sandbox, port);
      try {
        const connected = await sandbox.holdfast(['codex', 'connect', ...row.connect]);
        expect(connected).toMatchObject({ exitCode: 0 });
        if (!row.isPortable) expect(connected.output).toContain('model list');
        const token = (await sandbox.holdfast(['token'])).output.trim();
        const run = await sandbox.turn(row.codex, row.isPortable ? {} : { CODEX_API_KEY: token });
        expect(run).toMatchObject({ exitCode: 0 });
        const first = simulator.requests.find((request) => request.method === 'POST')?.body as {
          tools?: { type: string; name?: string }[];
          input: { type: string }[];
        };
        expect(first.input.some((item) => item.type === 'additional_tools')).toBe(!row.isPortable);
        if (row.isPortable) {
          const tools = first.tools?.map(({ type, name }) => `${type} ${name ?? ''}`.trim());
          expect(tools).toEqual(expect.arrayContaining(PLAIN));
        }
        const said: string[] = [];
        for (const file of new Bun.Glob('sessions/**/*.jsonl').scanSync(sandbox.home))
          said.push(...(await Bun.file(join(sandbox.home, file)).text()).split('\n'));
        const windows = said.flatMap((line) => /"model_context_window":(\d+)/.exec(line)?.[1] ?? []);
        expect([...new Set(windows)]).toEqual([String(row.window)]);
      } finally {
        await gateway.stop();
        await simulator.stop();
        sandbox.remove();
      }
    },
    300_000,
  );
});
