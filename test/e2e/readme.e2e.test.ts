import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dir, '..', '..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const HOLDFAST = [process.execPath, join(ROOT, 'src', 'main.ts')];

const blocks = (language: string): string[] =>
  [...README.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => match[1] ?? '');
const commands = blocks('sh').flatMap((block) =>
  block
    .split('\n')
    .map((line) => line.replace(/\s+#.*/, '').trim())
    .filter((line) => line !== ''),
);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-readme-'));
  writeFileSync(join(folder, 'holdfast.toml'), blocks('toml')[0] ?? '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command as the README has it, in a folder with the README's configuration. */
async function run(args: readonly string[], stopAfter?: RegExp): Promise<Run> {
  const child = Bun.spawn([...HOLDFAST, ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      HOLDFAST_HOME: join(folder, 'home'),
      CODEX_HOME: folder,
      HOLDFAST_LISTEN: '127.0.0.1:0',
      OPENAI_API_KEY: 'sk-readme-test-one',
      AZURE_OPENAI_API_KEY: 'readme-test-two',
    },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  let stdout = '';
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    stdout += chunk;
    if (stopAfter?.test(stdout)) child.kill('SIGTERM');
  }
  const stderr = await child.stderr.text();
  return { exitCode: await child.exited, stdout, stderr };
}

/** What each command of the README must print. */
const EXPECTED: Readonly<
  Record<string, { readonly stopAfter?: RegExp; readonly exitCode: number; readonly prints: RegExp }>
> = {
  'holdfast config check': { exitCode: 0, prints: /can be used/ },
  'holdfast up': { exitCode: 0, prints: /Holdfast listens on http:\/\/127\.0\.0\.1:\d+\/v1/, stopAfter: /listens on/ },
  'holdfast codex connect': { exitCode: 0, prints: /codex --profile holdfast/ },
  'holdfast codex disconnect': { exitCode: 0, prints: /holdfast\.config\.toml/ },
  'holdfast status': { exitCode: 1, prints: /no gateway is running/ },
  'holdfast explain gpt-5.5': { exitCode: 0, prints: /openai\/gpt-5\.5[\s\S]*azure-eu\/gpt-5\.5-eu/ },
  'holdfast sim': { exitCode: 0, prints: /http:\/\/127\.0\.0\.1:\d+\/v1/, stopAfter: /\/v1/ },
};
/** Proven elsewhere: CI itself, the demo's own test, the end-to-end tests with a profile. */
const ELSEWHERE = new Set(['npm ci', 'npm run demo', 'codex --profile holdfast']);

describe('README', () => {
  test('its commands were found, and each is tested', () => {
    expect(commands.length).toBeGreaterThan(7);
    expect(commands.filter((command) => !(command in EXPECTED) && !ELSEWHERE.has(command))).toEqual([]);
  });

  test.each(Object.entries(EXPECTED))('%s', async (command, { exitCode, prints, stopAfter }) => {
    const result = await run(command.split(' ').slice(1), stopAfter);
    expect(`${result.stdout}\n${result.stderr}`).toMatch(prints);
    expect(result.exitCode).toBe(exitCode);
    expect(result.stdout + result.stderr).not.toContain('readme-test');
    expect(result.stdout + result.stderr).not.toContain('sk-readme');
  });

  test('the transcript is what the demo prints', async () => {
    const result = await run(['demo']);
    expect(result.exitCode).toBe(0);
    const shape = (text: string): string =>
      text
        .replace(/[\d.]+/g, 'N')
        .replace(/ +/g, ' ')
        .trim();
    expect(shape(result.stdout)).toBe(shape(blocks('text')[0] ?? ''));
    expect(existsSync(join(folder, 'home', 'gateway.json'))).toBe(false);
  }, 180_000);

  test('files that it links to exist', () => {
    const links = [...README.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1] ?? '');
    expect(links.length).toBeGreaterThan(4);
    expect(links.filter((link) => !existsSync(join(ROOT, link)))).toEqual([]);
  });
});
