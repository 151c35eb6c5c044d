import { expect, test } from 'bun:test';
import { readSettings } from '../../decide/config/read-settings.ts';
import { reportTools, warnOfToolLosses } from '../admin/describe-tools.ts';
import type { SettingsLoad } from '../config/load-settings.ts';
import type { CliDeps } from './cli-deps.ts';
import { createExplainCommand } from './explain-command.ts';
import { runCli } from './run-cli.ts';

const TOML = `
[providers.first]
wire = "responses"
base_url = "http://127.0.0.1:1/v1"
dialect = "azure"
key = "none"
[providers.local]
wire = "responses"
base_url = "http://127.0.0.1:2/v1"
dialect = "ollama"
key = "none"
[[routes]]
id = "main"
models = ["gpt-5.5"]
  [[routes.targets]]
  provider = "first"
  priority = 1
  [[routes.targets]]
  provider = "local"
  model = "qwen3"
  priority = 2
`;

function settings() {
  const context = { file: '/holdfast.toml', homeDir: '/h', holdfastHome: '/h/.holdfast', env: {} };
  const reading = readSettings(new TextEncoder().encode(TOML), context);
  if (reading.kind !== 'loaded') throw new Error(JSON.stringify(reading.problems));
  return reading.settings;
}

/** `asked`: what a running gateway answers; absent: none runs. */
async function explain(argv: readonly string[], asked?: unknown) {
  const out: string[] = [];
  const paths: string[] = [];
  const cli: CliDeps = {
    argv: ['explain', ...argv],
    env: {},
    cwd: '/work',
    out: (text) => out.push(text),
    err: () => {},
    isColor: false,
    isInteractive: false,
    stopRequested: new Promise(() => {}),
  };
  const client = {
    get: async (path: string) => {
      paths.push(path);
      return asked;
    },
  };
  const load = async (): Promise<SettingsLoad> => ({ kind: 'loaded', settings: settings(), problems: [], layers: [] });
  const entry = {
    name: 'explain',
    summary: '',
    load: async () => ({ createCommand: (deps: CliDeps) => createExplainCommand(deps, client, load) }),
  };
  return { exitCode: await runCli([entry], '0.0.0', cli), out: out.join('\n'), paths };
}

test('each target says what becomes of the tools, and what is lost on a fallback stands at the end', async () => {
  const { exitCode, out } = await explain(['--tools', 'gpt-5.5']);
  expect(exitCode).toBe(0);
  expect(out.split('\n')).toEqual([
    'gpt-5.5 → route main',
    '  first/gpt-5.5  tier 1  responses (azure)',
    '    native   function, custom, namespace, code_mode, multi_agent, tool_search, view_image, web_search, image_generation',
    '  local/qwen3  tier 2  responses (ollama)',
    '    native   function',
    '    bridged  custom: as a function with one string; the grammar is told, not enforced',
    '    bridged  namespace: flattened to `server__tool`, and mapped back',
    '    bridged  code_mode: at the top level, under flat names; calls come back as `exec` expects them',
    '    bridged  multi_agent: flattened to `namespace__tool`, and mapped back',
    '    bridged  tool_search: as a function; what it finds is offered with the next request',
    '    bridged  view_image: the image follows the output in a message of its own',
    '    dropped  web_search: not offered to the model',
    '    dropped  image_generation: not offered to the model',
    'Lost on a fallback:',
    '  local/qwen3 has no web_search, image_generation, which first/gpt-5.5 has',
  ]);
});

test('as JSON it is the report itself, and a running gateway is asked first', async () => {
  expect(JSON.parse((await explain(['--tools', 'gpt-5.5', '--json'])).out)).toEqual(reportTools(settings(), 'gpt-5.5'));
  const asked = { model: 'm', route: 'other', targets: [], losses: [] };
  const { out, paths } = await explain(['m', '--tools'], asked);
  expect(out).toBe('m → route other');
  expect(paths).toEqual(['tools?model=m']);
});

test('a model that no route serves: exit 1', async () => {
  expect(await explain(['--tools', 'unknown'])).toMatchObject({
    exitCode: 1,
    out: expect.stringContaining('no route'),
  });
});

test('without the flag the plan is explained as ever', async () => {
  const { exitCode, out } = await explain(['gpt-5.5']);
  expect(exitCode).toBe(0);
  expect(out).toContain('1. first/gpt-5.5');
});

test('the start warns of a fallback that has less, once per target', () => {
  expect(warnOfToolLosses(settings())).toEqual([
    'warning: route "main": local/qwen3 has no web_search, image_generation, which first/gpt-5.5 has. Requests that fall back to it go without. See "holdfast explain --tools gpt-5.5".',
  ]);
});
