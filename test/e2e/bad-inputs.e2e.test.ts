/** Whatever stands in the way: the user's file is either fully edited or untouched, and the reason is said. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  chmodSync,
  closeSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ACCEPTED, type CodexSandbox, createCodexSandbox, type Run } from './codex-sandbox.ts';

const ROOT = join(import.meta.dir, '..', '..');
const MAIN = join(ROOT, 'src', 'main.ts');
const TYPICAL =
  '# mine\nmodel = "gpt-5.5" # good\n\n[mcp_servers.docs]\ncommand = "npx"\nargs = ["-y", "docs"] # keep\n';
let sandbox: CodexSandbox;
beforeEach(() => {
  sandbox = createCodexSandbox();
});
afterEach(() => sandbox.remove());

const config = (): string => join(sandbox.home, 'config.toml');
const bytes = (): Buffer => readFileSync(config());
const holdfast = (...args: readonly string[]): Promise<Run> => sandbox.holdfast(['codex', ...args]);
const connect = (): Promise<Run> => holdfast('connect', '--default');
/** Everything of Holdfast's that must not be left in CODEX_HOME. */
const leftovers = (): readonly string[] => readdirSync(sandbox.home).filter((name) => name.includes('holdfast-'));

describe('fully edited, taken by Codex, and undone to the byte', () => {
  const server = (index: number): string => `[mcp_servers.s${index}]\ncommand = "node" # ${index}\nenabled = false\n\n`;
  test.each<[name: string, text: string]>([
    ['CRLF', TYPICAL.replaceAll('\n', '\r\n')],
    ['a byte-order mark', `\uFEFF${TYPICAL}`],
    ['no final newline', TYPICAL.trimEnd()],
    [
      'inline tables',
      'features = { goals = false }\nmodel_providers = { a = { name = "A", base_url = "http://a" } } # in\n',
    ],
    [
      'dotted tables',
      'features.goals = false # dotted\nmodel_providers.a.name = "A"\nmodel_providers.a.base_url = "http://a"\n',
    ],
    [
      'arrays of tables',
      `${TYPICAL}\n[[skills.config]]\npath = "/x/a"\nenabled = false\n\n[[skills.config]]\npath = "/x/b"\nenabled = false\n`,
    ],
    ['an empty file', ''],
    ['a megabyte', Array.from({ length: 18_000 }, (_, index) => server(index)).join('')],
  ])(
    '%s',
    async (name, text) => {
      writeFileSync(config(), text);
      const before = bytes();
      if (name === 'a megabyte') expect(before.length).toBeGreaterThan(1_000_000);
      const edited = await connect();
      expect(edited.exitCode).toBe(0);
      expect(bytes().includes('[model_providers.holdfast]') || bytes().includes('holdfast = {')).toBe(true);
      // Codex takes seconds for eighteen thousand servers.
      if (name !== 'a megabyte') expect((await sandbox.load(['--strict-config'])).output).toMatch(ACCEPTED);
      await holdfast('undo');
      expect(bytes().equals(before)).toBe(true);
      expect(leftovers()).toEqual([]);
    },
    180_000,
  );
});

describe('untouched, with the reason', () => {
  interface Refused {
    readonly name: string;
    readonly prepare: () => void;
    readonly reason: RegExp;
  }
  const commands: ReadonlyArray<readonly string[]> = [
    ['connect', '--default'],
    ['providers', 'add', '--preset', 'openrouter'],
    ['providers', 'add', 'x', '--base-url', 'http://x', '--default'],
  ];
  test.each<Refused>([
    {
      name: 'broken TOML',
      prepare: () => sandbox.write('config.toml', 'model = \n'),
      reason: /line 1: .*left as it is/,
    },
    {
      name: 'a duplicate key',
      prepare: () => sandbox.write('config.toml', 'model = "a"\nmodel = "b"\n'),
      reason: /line 2: .*left as it is/,
    },
    {
      name: 'a duplicate table',
      prepare: () => sandbox.write('config.toml', '[features]\n[features]\n'),
      reason: /line 2: .*left as it is/,
    },
    {
      name: 'not UTF-8',
      prepare: () => writeFileSync(config(), new Uint8Array([0x61, 0x3d, 0xff])),
      reason: /not UTF-8/,
    },
    {
      name: 'a read-only file',
      prepare: () => {
        writeFileSync(config(), TYPICAL);
        chmodSync(config(), 0o444);
      },
      reason: /may not be written/,
    },
  ])('$name', async ({ prepare, reason }) => {
    prepare();
    const before = bytes();
    for (const command of commands) {
      const run = await holdfast(...command);
      expect([command, run.output]).toEqual([command, expect.stringMatching(reason)]);
      expect(run.exitCode).toBe(1);
      expect(bytes().equals(before)).toBe(true);
    }
    expect(readdirSync(sandbox.home)).toEqual(['config.toml']);
  });

  test('symbolic links in a circle', async () => {
    symlinkSync('config.toml', config());
    expect((await connect()).output).toContain('lead in a circle');
    expect(readdirSync(sandbox.home)).toEqual(['config.toml']);
  });

  test('no CODEX_HOME', async () => {
    rmSync(sandbox.home, { recursive: true });
    const run = await connect();
    expect(run.output).toContain('does not exist');
    expect(run.exitCode).toBe(1);
    expect(existsSync(sandbox.home)).toBe(false);
  });

  test('a disk on which nothing more fits', async () => {
    const text = Array.from({ length: 2_000 }, (_, index) => `[mcp_servers.s${index}]\ncommand = "node"\n`).join('');
    writeFileSync(config(), text);
    // Files may not grow beyond 16 blocks: the temporary file ends in the middle, as on a full disk.
    const run = await shell('ulimit -f 16; trap "" XFSZ', ['codex', 'connect', '--default']);
    expect(run.output).toMatch(/disk is full/);
    expect(run.exitCode).toBe(1);
    expect(readFileSync(config(), 'utf8')).toBe(text);
    expect(leftovers()).toEqual([]);
  });
});

describe('while others write', () => {
  test('ten of us at once: nobody loses an edit', async () => {
    writeFileSync(config(), TYPICAL);
    const ids = Array.from({ length: 10 }, (_, index) => `p${index}`);
    const runs = await Promise.all(ids.map((id) => holdfast('providers', 'add', id, '--base-url', `http://${id}/v1`)));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual(ids.map(() => 0));
    const text = sandbox.read('config.toml');
    expect(text.startsWith(TYPICAL)).toBe(true);
    for (const id of ids) expect(text).toContain(`[model_providers.${id}]`);
    for (const _ of ids) await holdfast('undo');
    expect(sandbox.read('config.toml')).toBe(TYPICAL);
    expect(leftovers()).toEqual([]);
  }, 180_000);

  test('another program that writes at any moment: its lines and ours are there', async () => {
    writeFileSync(config(), TYPICAL);
    let lines = 0;
    let isDone = false;
    const writer = (async () => {
      while (!isDone) {
        // As editors do: read, change, replace.
        const next = `${readFileSync(config(), 'utf8')}# theirs ${lines}\n`;
        writeFileSync(join(sandbox.home, 'theirs.tmp'), next);
        renameSync(join(sandbox.home, 'theirs.tmp'), config());
        lines += 1;
        await Bun.sleep(25);
      }
    })();
    const run = await connect();
    isDone = true;
    await writer;
    const text = sandbox.read('config.toml');
    const missing = Array.from({ length: lines }, (_, line) => line).filter(
      (line) => !text.includes(`# theirs ${line}\n`),
    );
    // Between our last look and our rename nothing keeps a program out that knows no lock. It is a moment, but one in
    // which a busy machine may stop us: what falls in there is one run of lines, and nothing is lost elsewhere.
    expect(missing).toEqual(missing.map((_, index) => (missing[0] ?? 0) + index));
    // Their program may have replaced ours with what it had read before; ours never loses theirs.
    if (text.includes('[model_providers.holdfast]')) expect(run.exitCode).toBe(0);
    expect((await sandbox.load(['--strict-config'])).output).toMatch(ACCEPTED);
  }, 180_000);
});

describe('killed at any moment, the whole command leaves the old file or the new one, and the next one works', () => {
  // Long enough that a file which is written in place can be seen half written.
  const LONG = `${TYPICAL}${'# a note of the user\n'.repeat(4_000)}`;
  type Left = 'the old file' | 'the new one' | 'either';
  type Moment = (child: Bun.Subprocess, usualMs: number) => Promise<unknown>;
  const names = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);
  const homeHas = (part: string): boolean => names(sandbox.home).some((name) => name.includes(part));
  const lock = (): string => `${config()}.holdfast-lock`;
  /** Waits for what can be seen from outside, however long that takes; the end of the command ends the wait. */
  const until = async (child: Bun.Subprocess, isSeen: () => boolean): Promise<void> => {
    while (!isSeen() && child.exitCode === null) await Bun.sleep(1);
  };
  const isChanged = (): boolean => sandbox.read('config.toml') !== LONG;

  // Only what was observed says which file there must be; what time does decides nothing.
  test.each<[moment: string, left: Left, kill: Moment]>([
    [
      'while it waits for the lock',
      'the old file',
      async (child) => {
        await until(child, () => hasReader(lock()));
        expect(child.exitCode).toBeNull();
      },
    ],
    ['when its lock is seen', 'either', (child) => until(child, () => existsSync(lock()))],
    ['when its temporary file is seen', 'either', (child) => until(child, () => homeHas('.holdfast-tmp-'))],
    [
      'when its receipt is seen',
      'either',
      (child) => until(child, () => names(join(sandbox.folder, 'holdfast', 'codex-receipts')).length > 0),
    ],
    ['when the file is seen to differ', 'the new one', (child) => until(child, isChanged)],
    ['after its end', 'the new one', (child) => child.exited],
    // It writes near its end.
    ...[0.6, 0.7, 0.8, 0.9, 1].map((share): [string, Left, Moment] => [
      `after ${share} of the time that it took before`,
      'either',
      (_, usualMs) => Bun.sleep(usualMs * share),
    ]),
  ])('%s: %s', async (moment, left, kill) => {
    const command = ['codex', 'connect', '--default'];
    writeFileSync(config(), LONG);
    const startedMs = performance.now();
    expect(await connect()).toMatchObject({ exitCode: 0 });
    const usualMs = performance.now() - startedMs;
    const connected = sandbox.read('config.toml');
    expect(connected).not.toBe(LONG);
    for (let run = 0; run < 3; run += 1) {
      writeFileSync(config(), LONG);
      rmSync(join(sandbox.folder, 'holdfast', 'codex-receipts'), { recursive: true });
      // A command stands still where it reads a pipe into which nobody writes.
      if (moment === 'while it waits for the lock') expect(Bun.spawnSync(['mkfifo', lock()]).exitCode).toBe(0);
      const child = sandbox.startHoldfast(command);
      await kill(child, usualMs);
      child.kill('SIGKILL');
      await child.exited;
      const text = sandbox.read('config.toml');
      if (moment === 'while it waits for the lock') rmSync(lock());
      const allowed: readonly string[] = left === 'either' ? ['the old file', 'the new one'] : [left];
      expect(allowed).toContain(text === LONG ? 'the old file' : text === connected ? 'the new one' : text);
      writeFileSync(config(), LONG);
      expect(await connect()).toMatchObject({ exitCode: 0 });
      expect(sandbox.read('config.toml')).toBe(connected);
      expect(leftovers()).toEqual([]);
    }
  });
});

describe('with a Codex that is', () => {
  const fake = (version: string): Record<string, string> => {
    const folder = join(sandbox.folder, 'bin');
    mkdirSync(folder);
    writeFileSync(join(folder, 'codex'), `#!/bin/sh\necho codex-cli ${version}\n`);
    chmodSync(join(folder, 'codex'), 0o755);
    return { PATH: `${folder}:${process.env['PATH']}` };
  };

  test.each([
    ['older than 0.134', '0.125.0', true],
    ['newer than known', '9.9.9', false],
  ])('%s: connect works, and says what will not', async (_, version, isWarned) => {
    writeFileSync(config(), TYPICAL);
    const run = await sandbox.holdfast(['codex', 'connect'], fake(version));
    expect(run.exitCode).toBe(0);
    expect(run.output.includes('reads no profile files')).toBe(isWarned);
    expect(sandbox.read('config.toml')).toBe(TYPICAL);
    expect(sandbox.read('holdfast.config.toml')).toContain('[model_providers.holdfast]');
  });

  test('missing: files are edited all the same, doctor says so, and nothing is switched unchecked', async () => {
    const copy = join(sandbox.folder, 'installed');
    mkdirSync(join(copy, 'node_modules'), { recursive: true });
    cpSync(join(ROOT, 'src'), join(copy, 'src'), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
    for (const name of readdirSync(join(ROOT, 'node_modules')).filter((each) => each !== '@openai'))
      symlinkSync(join(ROOT, 'node_modules', name), join(copy, 'node_modules', name));
    const main = join(copy, 'src', 'main.ts');
    writeFileSync(config(), 'model = "gpt-5.5"\n');
    expect((await shell(':', ['codex', 'connect', '--default'], main)).exitCode).toBe(0);
    expect(sandbox.read('config.toml')).toContain('model_provider = "holdfast"');
    expect((await shell(':', ['codex', 'undo'], main)).exitCode).toBe(0);
    expect(sandbox.read('config.toml')).toBe('model = "gpt-5.5"\n');
    expect((await shell(':', ['codex', 'lint'], main)).exitCode).toBe(0);
    const doctor = await shell(':', ['doctor', '--offline'], main);
    expect(doctor.output).toContain('Codex is not on PATH');
    expect(doctor.exitCode).toBe(1);
    const activate = await shell(':', ['activate', 'provider:openai'], main);
    expect(activate.output).toContain('Codex could not be started');
    expect(sandbox.read('config.toml')).toBe('model = "gpt-5.5"\n');
  }, 180_000);
});

/** Holdfast in a shell that was prepared so, and in which there is no Codex but the one beside `main`. */
async function shell(prepare: string, args: readonly string[], main = MAIN): Promise<Run> {
  const child = Bun.spawn(['sh', '-c', `${prepare}; exec "$@"`, 'sh', process.execPath, main, ...args], {
    cwd: sandbox.work,
    env: {
      PATH: '/usr/bin:/bin',
      HOME: sandbox.folder,
      CODEX_HOME: sandbox.home,
      HOLDFAST_HOME: join(sandbox.folder, 'holdfast'),
    },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { exitCode: child.exitCode, output: stdout + stderr };
}

/** Whether somebody has opened this pipe to read from it. */
function hasReader(pipe: string): boolean {
  try {
    closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}
