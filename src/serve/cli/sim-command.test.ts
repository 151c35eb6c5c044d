import { describe, expect, test } from 'bun:test';
import type { CliDeps } from './cli-deps.ts';
import { runCli } from './run-cli.ts';

interface Run {
  readonly done: Promise<number>;
  readonly lines: string[];
  readonly errors: string[];
  readonly stop: () => void;
}

function sim(args: readonly string[], env: Record<string, string> = {}): Run {
  const lines: string[] = [];
  const errors: string[] = [];
  const { promise: stopRequested, resolve: stop } = Promise.withResolvers<void>();
  const deps: CliDeps = {
    argv: ['sim', ...args],
    env,
    cwd: '/',
    out: (text) => lines.push(text),
    err: (text) => errors.push(text),
    isColor: false,
    isInteractive: false,
    stopRequested,
  };
  const entry = { name: 'sim', summary: '', load: () => import('./sim-command.ts') };
  return { done: runCli([entry], '0.0.0', deps), lines, errors, stop };
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2000 && !isTrue(); tries += 1) await Bun.sleep(2);
}

const call = (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/responses`, { method: 'POST', headers, body: JSON.stringify({ model: 'gpt-5.5', input: 'go' }) });

describe('holdfast sim', () => {
  test('prints its address, then a line per request, until it is stopped', async () => {
    const run = sim(['--scenario', 'text', '--fault', 'server-error-500@times=1']);
    await until(() => run.lines.length >= 3);
    const url = /http:\S+/.exec(run.lines[0] ?? '')?.[0] ?? '';
    expect((await call(url)).status).toBe(500);
    expect((await call(url)).status).toBe(200);
    await until(() => run.lines.length >= 5);
    expect(run.lines[3]).toMatch(/POST {2}\/v1\/responses {2}gpt-5\.5 {2}step 1 {2}500 .* fault: server-error-500$/);
    expect(run.lines[4]).toMatch(/ {2}200 {2}[\d.]+ kB$/);
    run.stop();
    expect(await run.done).toBe(0);
    await expect(call(url)).rejects.toThrow();
  });

  test('speaks JSON, expects the key that it was told to', async () => {
    const run = sim(['--json', '--key-env', 'SIM_KEY', '--model', 'gpt-5.5', '--model', 'gpt-5.4'], {
      SIM_KEY: 'sk-1',
    });
    await until(() => run.lines.length >= 1);
    const { event, url } = JSON.parse(run.lines[0] ?? '{}');
    expect(event).toBe('listening');
    expect((await call(url)).status).toBe(401);
    expect((await call(url, { authorization: 'Bearer sk-1' })).status).toBe(200);
    await until(() => run.lines.length >= 3);
    expect(JSON.parse(run.lines[2] ?? '{}')).toMatchObject({ event: 'request', status: 200, step: 1 });
    expect(run.lines.join('')).not.toContain('sk-1');
    run.stop();
    await run.done;
  });

  test("speaks another wire, with a vendor's quirks", async () => {
    const run = sim(['--json', '--wire', 'chat', '--dialect', 'deepseek', '--scenario', 'text']);
    await until(() => run.lines.length >= 1);
    const { name, wire, url } = JSON.parse(run.lines[0] ?? '{}');
    expect([name, wire, url]).toEqual(['deepseek', 'chat', expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/)]);
    const ask = (role: string): Promise<Response> =>
      fetch(`${url}/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ model: 'deepseek-v4', messages: [{ role, content: 'go' }] }),
      });
    expect((await ask('user')).status).toBe(200);
    expect((await ask('developer')).status).toBe(422);
    run.stop();
    await run.done;
  });

  test('lists every scenario and fault, for people and as JSON', async () => {
    const run = sim(['--list']);
    expect(await run.done).toBe(0);
    expect(run.lines.join('\n')).toContain('huge-event');
    const json = sim(['--list', '--json']);
    await json.done;
    const { scenarios, faults, dialects } = JSON.parse(json.lines.join(''));
    expect(dialects.chat).toContain('mistral');
    expect(run.lines.join('\n')).toContain('mistral');
    expect(scenarios.length).toBeGreaterThan(7);
    expect(faults.length).toBeGreaterThan(70);
  });

  test.each([
    ['a mistyped flag', ['--prot', '1'], 'Did you mean --port?'],
    ['a mistyped fault', ['--fault', 'reset-at-bite'], 'did you mean "reset-at-byte"'],
    ['an unknown scenario', ['--scenario', 'opera'], 'known are task'],
    ['an unknown wire', ['--wire', 'morse'], 'responses, chat, messages'],
    ['an unknown dialect', ['--wire', 'chat', '--dialect', 'klingon'], 'known are generic, openai, deepseek'],
    ['a dialect of a wire that has none', ['--wire', 'converse', '--dialect', 'deepseek'], 'it has none'],
    ['a port that is none', ['--port', '70000'], 'from 0 to 65535'],
    ['a key variable that is not set', ['--key-env', 'NOT_SET'], 'NOT_SET is not set'],
  ])('%s is wrong usage', async (_, args, text) => {
    const run = sim(args);
    expect(await run.done).toBe(2);
    expect(run.errors.join('\n')).toContain(text);
  });

  test('a port that is taken is named', async () => {
    const taken = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
    const run = sim(['--port', String(taken.port)]);
    expect(await run.done).toBe(1);
    expect(run.errors.join('')).toContain(`127.0.0.1:${taken.port} (EADDRINUSE)`);
    taken.stop(true);
  });
});
