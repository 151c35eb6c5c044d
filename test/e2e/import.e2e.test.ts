/** `holdfast import` and `codex connect --via`, run as a user does. */
import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACCEPTED, type CodexSandbox, createCodexSandbox } from './codex-sandbox.ts';
import { startRecorder } from './record-requests.ts';

let sandbox: CodexSandbox;
beforeEach(() => {
  sandbox = createCodexSandbox();
});
afterEach(() => sandbox.remove());

const LITELLM = `model_list:
  - model_name: gpt-5.5
    litellm_params: { model: openai/gpt-5.5, api_key: sk-s3cret }
`;

describe('import', () => {
  test('what was written can be used, and says what is missing', async () => {
    writeFileSync(join(sandbox.work, 'config.yaml'), LITELLM);
    const run = await sandbox.holdfast(['import', 'litellm', 'config.yaml', '--out', 'holdfast.toml']);
    expect(run.exitCode).toBe(0);
    expect(run.output).toContain('Set before you start: OPENAI_API_KEY');
    expect(run.output).toContain('Approximated:');
    const text = readFileSync(join(sandbox.work, 'holdfast.toml'), 'utf8');
    expect(text + run.output).not.toContain('s3cret');
    const check = await sandbox.holdfast(['config', 'check'], { OPENAI_API_KEY: 'x' });
    expect(check.exitCode).toBe(0);
  });

  test('a file that exists is not replaced unasked', async () => {
    writeFileSync(join(sandbox.work, 'config.yaml'), LITELLM);
    writeFileSync(join(sandbox.work, 'holdfast.toml'), '# mine\n');
    const args = ['import', 'litellm', 'config.yaml', '--out', 'holdfast.toml'];
    expect((await sandbox.holdfast(args)).exitCode).toBe(1);
    expect(readFileSync(join(sandbox.work, 'holdfast.toml'), 'utf8')).toBe('# mine\n');
    expect((await sandbox.holdfast([...args, '--force'])).exitCode).toBe(0);
  });

  test("cc-switch's database", async () => {
    const file = join(sandbox.work, 'cc-switch.db');
    const database = new Database(file);
    database.run(
      'CREATE TABLE providers (id TEXT, app_type TEXT, name TEXT, settings_config TEXT, is_current BOOLEAN)',
    );
    const config = 'model_provider = "p"\n[model_providers.p]\nname = "P"\nbase_url = "https://one.example/v1"\n';
    const settings = JSON.stringify({ auth: { OPENAI_API_KEY: 's3cret' }, config });
    database.run('INSERT INTO providers VALUES (?, ?, ?, ?, ?)', ['a', 'codex', 'One', settings, true]);
    database.run('INSERT INTO providers VALUES (?, ?, ?, ?, ?)', ['b', 'claude', 'Two', '{}', true]);
    database.close();
    const run = await sandbox.holdfast(['import', 'cc-switch', file, '--json']);
    const { text, variables } = JSON.parse(run.output);
    expect(text).toContain('base_url = "https://one.example/v1"');
    expect(variables).toEqual(['ONE_API_KEY']);
    expect(run.output).not.toContain('s3cret');
    expect((await sandbox.holdfast(['import', 'cc-switch', join(sandbox.home, 'no.db')])).exitCode).toBe(1);
  });

  test("cc-switch's database with a failover queue", async () => {
    const file = join(sandbox.work, 'cc-switch.db');
    const database = new Database(file);
    database.run(
      'CREATE TABLE providers (id TEXT, app_type TEXT, name TEXT, settings_config TEXT, sort_index INTEGER, is_current BOOLEAN, in_failover_queue BOOLEAN)',
    );
    const add = (id: string, index: number, isCurrent: boolean, isQueued: boolean): void => {
      const config = `model_provider = "p"\n[model_providers.p]\nname = "P"\nbase_url = "https://${id}.example/v1"\n`;
      const settings = JSON.stringify({ auth: { OPENAI_API_KEY: 's3cret' }, config });
      const row = [id, 'codex', id, settings, index, isCurrent, isQueued];
      database.run('INSERT INTO providers VALUES (?, ?, ?, ?, ?, ?, ?)', row);
    };
    add('alpha', 9, false, true);
    add('zulu', 2, false, true);
    add('unused', 1, false, false);
    add('current', 5, true, false);
    database.close();
    const { text } = JSON.parse((await sandbox.holdfast(['import', 'cc-switch', file, '--json'])).output);
    expect([...text.matchAll(/^provider = "(\w+)"/gm)].map(([, id]) => id)).toEqual(['current', 'zulu', 'alpha']);
  });

  test('wrong usage', async () => {
    expect((await sandbox.holdfast(['import', 'nope', 'x'])).exitCode).toBe(2);
    expect((await sandbox.holdfast(['import', 'codex', 'missing.toml'])).exitCode).toBe(2);
    writeFileSync(join(sandbox.work, 'empty.json'), '{}');
    expect((await sandbox.holdfast(['import', 'bifrost', 'empty.json'])).exitCode).toBe(1);
  });
});

describe('connect --via', () => {
  test.each([
    ['litellm', []],
    ['bifrost', ['--gateway', 'http://gateway:8080/openai/v1/', '--env-key', 'TEAM_KEY']],
    ['openrouter', []],
    ['cloudflare', ['--set', 'account=a1', '--set', 'gateway=default']],
  ])('%s is taken strictly, and goes again', async (name, args) => {
    const run = await sandbox.holdfast(['codex', 'connect', '--via', name, ...args]);
    expect(run.exitCode).toBe(0);
    expect((await sandbox.load(['-p', name, '--strict-config'])).output).toMatch(ACCEPTED);
    const text = sandbox.read(`${name}.config.toml`);
    expect(text).toContain('wire_api = "responses"');
    expect(text).not.toMatch(/\{[a-z]+\}/);
    if (name === 'bifrost') expect(text).toContain('base_url = "http://gateway:8080/openai/v1"\n');
    expect((await sandbox.holdfast(['codex', 'connect', '--via', name, ...args])).output).toContain(
      'Nothing to change',
    );
    await sandbox.holdfast(['codex', 'disconnect']);
    expect(existsSync(join(sandbox.home, `${name}.config.toml`))).toBe(false);
  });

  test.each([
    ['litellm', '/v1', 'LITELLM_API_KEY', '/v1/responses'],
    ['bifrost', '/openai/v1', 'BIFROST_VIRTUAL_KEY', '/openai/v1/responses'],
    ['openrouter', '/api/v1', 'OPENROUTER_API_KEY', '/api/v1/responses'],
    ['cloudflare', '/v1/a1/default/openai', 'CLOUDFLARE_API_KEY', '/v1/a1/default/openai/responses'],
  ])('%s gets the requests of Codex, with its key', async (name, path, variable, target) => {
    const recorder = await startRecorder();
    try {
      sandbox.write('config.toml', '# mine\nmodel = "gpt-5.5"\n');
      const at = `http://127.0.0.1:${recorder.port}${path}`;
      await sandbox.holdfast(['codex', 'connect', '--via', name, '--gateway', at]);
      expect((await sandbox.turn(['-p', name, '--strict-config'], { [variable]: 'k-1' })).exitCode).toBe(0);
      const post = recorder.requests.find(({ method }) => method === 'POST');
      expect(post?.target).toBe(target);
      expect(post?.headers['authorization']).toBe('Bearer k-1');
      expect(sandbox.read('config.toml')).toBe('# mine\nmodel = "gpt-5.5"\n');
    } finally {
      recorder.close();
    }
  });

  test('what is missing is named', async () => {
    const run = await sandbox.holdfast(['codex', 'connect', '--via', 'cloudflare']);
    expect(run.exitCode).toBe(2);
    expect(run.output).toContain('--set account=…');
    expect((await sandbox.holdfast(['codex', 'connect', '--via', 'nope'])).exitCode).toBe(2);
  });
});
