import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileText, UserFileError, type UserFileProblem, type UserFiles } from '../../core/user-files.ts';
import { createUserFiles } from './create-user-files.ts';
import { type EditFileDeps, WRITE_STEPS, type WriteStep } from './edit-user-file.ts';

const CHILD = join(import.meta.dir, '__fixtures__', 'edit-in-child.ts');

let folder = '';
let file = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-edit-'));
  file = join(folder, 'config.toml');
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

function filesWith(deps: Partial<EditFileDeps> = {}): UserFiles {
  const uniqueName = (): string => randomBytes(6).toString('hex');
  return createUserFiles({ now: Date.now, sleep: Bun.sleep, uniqueName, ...deps });
}

const files = filesWith();
const onStep = (wanted: WriteStep, act: () => void): Partial<EditFileDeps> => ({
  onStep: (step) => {
    if (step === wanted) act();
  },
});

async function problemOf(work: Promise<unknown>): Promise<UserFileProblem | 'none'> {
  try {
    await work;
    return 'none';
  } catch (error) {
    if (error instanceof UserFileError) return error.problem;
    throw error;
  }
}

interface ChildResult {
  readonly signal: string | number | null;
  readonly code: number | null;
  readonly out: string;
}

async function runChild(args: readonly string[], env: Record<string, string> = {}, shell = ''): Promise<ChildResult> {
  const command = [process.execPath, CHILD, ...args];
  const child = Bun.spawn(shell === '' ? command : ['sh', '-c', `${shell}; exec "$@"`, 'sh', ...command], {
    env: { ...process.env, ...env },
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const out = await new Response(child.stdout).text();
  await child.exited;
  return { signal: child.signalCode, code: child.exitCode, out: out.trim() };
}

describe('what is written', () => {
  test('a changed file keeps its mode, and nothing is left beside it', async () => {
    writeFileSync(file, 'old\r\n');
    chmodSync(file, 0o640);
    const change = await files.edit(file, (text) => `${text}new`);
    expect(change).toEqual({ path: file, realPath: file, before: 'old\r\n', after: 'old\r\nnew' });
    expect(readFileSync(file, 'utf8')).toBe('old\r\nnew');
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['config.toml']);
  });

  test('a new file is for the user alone', async () => {
    await files.edit(file, () => 'new');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('an edit that changes nothing touches nothing, not even a read-only file', async () => {
    writeFileSync(file, 'same');
    chmodSync(file, 0o444);
    const before = statSync(file).mtimeMs;
    expect(await files.edit(file, (text) => text)).toBeUndefined();
    expect(statSync(file).mtimeMs).toBe(before);
  });

  test('a deleted file is gone', async () => {
    writeFileSync(file, 'old');
    await files.edit(file, () => undefined);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a byte-order mark survives', async () => {
    writeFileSync(file, '\uFEFFa');
    await files.edit(file, (text) => `${text}b`);
    expect([...readFileSync(file)]).toEqual([0xef, 0xbb, 0xbf, 0x61, 0x62]);
  });

  test('through symbolic links, the file is written and the links stay', async () => {
    mkdirSync(join(folder, 'dotfiles'));
    writeFileSync(join(folder, 'dotfiles', 'codex.toml'), 'old');
    symlinkSync(join('dotfiles', 'codex.toml'), join(folder, 'between'));
    symlinkSync('between', file);
    const change = await files.edit(file, () => 'new');
    expect(change?.realPath).toBe(join(folder, 'dotfiles', 'codex.toml'));
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'dotfiles', 'codex.toml'), 'utf8')).toBe('new');
  });

  test('a link to nothing gets its file', async () => {
    mkdirSync(join(folder, 'dotfiles'));
    symlinkSync(join(folder, 'dotfiles', 'codex.toml'), file);
    await files.edit(file, (text) => (text === undefined ? 'new' : 'wrong'));
    expect(readFileSync(join(folder, 'dotfiles', 'codex.toml'), 'utf8')).toBe('new');
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
  });
});

describe('what is refused, and leaves everything as it was', () => {
  test('a symbolic link that leads in a circle', async () => {
    symlinkSync('config.toml', file);
    expect(await problemOf(files.edit(file, () => 'new'))).toBe('SYMLINK_LOOP');
    expect(readdirSync(folder)).toEqual(['config.toml']);
  });

  test('a folder that does not exist', async () => {
    expect(await problemOf(files.edit(join(folder, 'missing', 'config.toml'), () => 'new'))).toBe('MISSING_FOLDER');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a file where a folder should be', async () => {
    writeFileSync(file, 'x');
    expect(await problemOf(files.edit(join(file, 'config.toml'), () => 'new'))).toBe('MISSING_FOLDER');
  });

  test('a folder where the file should be', async () => {
    mkdirSync(file);
    expect(await problemOf(files.edit(file, () => 'new'))).toBe('NOT_A_FILE');
  });

  test('bytes that are not UTF-8', async () => {
    writeFileSync(file, new Uint8Array([0x61, 0xff, 0x62]));
    expect(await problemOf(files.edit(file, () => 'new'))).toBe('NOT_UTF8');
    expect([...readFileSync(file)]).toEqual([0x61, 0xff, 0x62]);
  });

  test('a file larger than 16 MiB', async () => {
    writeFileSync(file, '');
    truncateSync(file, 17 * 1024 * 1024);
    expect(await problemOf(files.read(file))).toBe('TOO_LARGE');
  });

  test('a file that is marked read-only, also for root', async () => {
    writeFileSync(file, 'old');
    chmodSync(file, 0o444);
    expect(await problemOf(files.edit(file, () => 'new'))).toBe('READ_ONLY');
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['config.toml']);
  });

  test('a folder that may not be written', async () => {
    writeFileSync(file, 'old');
    chmodSync(folder, 0o555);
    expect(await runChild([file, 'replace', 'new'], { DROP_ROOT: '1' })).toMatchObject({ out: 'READ_ONLY' });
    expect(readFileSync(file, 'utf8')).toBe('old');
  });

  test('a disk on which nothing more fits', async () => {
    writeFileSync(file, 'old');
    const env = { REPEAT: '1000000' };
    // A limit on the size of a file fails in the middle of writing, as a full disk does.
    const result = await runChild([file, 'replace', 'new '], env, 'ulimit -f 100; trap "" XFSZ');
    expect(result.out).toBe('NO_SPACE');
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['config.toml']);
  });

  test.each(WRITE_STEPS.slice(1, 8))('an error after "%s"', async (step) => {
    writeFileSync(file, 'old');
    const broken = filesWith({
      onStep: (at) => {
        if (at === step) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      },
    });
    await expect(broken.edit(file, () => 'new')).rejects.toThrow();
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['config.toml']);
  });

  test('a receipt that cannot be stored', async () => {
    writeFileSync(file, 'old');
    const failing = async (): Promise<void> => {
      throw new UserFileError('NO_SPACE', 'receipts');
    };
    expect(await problemOf(files.edit(file, () => 'new', failing))).toBe('NO_SPACE');
    expect(readFileSync(file, 'utf8')).toBe('old');
  });
});

describe('when the process is killed after', () => {
  const cases = WRITE_STEPS.flatMap((step) => [
    { step, action: 'replace', before: 'old', after: 'new' },
    { step, action: 'replace', before: undefined, after: 'new' },
    { step, action: 'delete', before: 'old', after: undefined },
  ]);
  test.each(cases)('$step ($action, from $before), the file is the old or the new one', async (row) => {
    const { step, action, before, after } = row;
    if (before !== undefined) writeFileSync(file, before);
    const { signal, code } = await runChild([file, action, 'new', step]);
    const isSkipped = action === 'delete' && step.startsWith('temporary');
    expect({ signal, code }).toEqual(isSkipped ? { signal: null, code: 0 } : { signal: 'SIGKILL', code: null });
    const text: FileText = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    const isCommitted = isSkipped || WRITE_STEPS.indexOf(step) >= WRITE_STEPS.indexOf('committed');
    expect(text).toBe(isCommitted ? after : before);
    // The next edit is not held up by what the dead one left behind, and clears it away.
    await files.edit(file, () => 'next');
    expect(readFileSync(file, 'utf8')).toBe('next');
    expect(readdirSync(folder)).toEqual(['config.toml']);
  });
});

describe('when another program writes the file meanwhile', () => {
  test('the edit is made again on its version', async () => {
    writeFileSync(file, 'a');
    let count = 0;
    const raced = filesWith(onStep('temporary-synced', () => (count++ === 0 ? writeFileSync(file, 'b') : undefined)));
    const change = await raced.edit(file, (text) => `${text}!`);
    expect(change?.before).toBe('b');
    expect(readFileSync(file, 'utf8')).toBe('b!');
  });

  test('also while the receipt is stored', async () => {
    writeFileSync(file, 'a');
    const receipts: (string | undefined)[] = [];
    const change = await files.edit(
      file,
      (text) => `${text}!`,
      async ({ before }) => {
        if (receipts.push(before) === 1) writeFileSync(file, 'b');
      },
    );
    expect(change?.before).toBe('b');
    expect(receipts).toEqual(['a', 'b']);
    expect(readFileSync(file, 'utf8')).toBe('b!');
  });

  test('a file that it creates is not replaced unseen', async () => {
    let count = 0;
    const raced = filesWith(
      onStep('receipt-stored', () => (count++ === 0 ? writeFileSync(file, 'theirs') : undefined)),
    );
    await raced.edit(file, (text) => `${text ?? 'none'}!`);
    expect(readFileSync(file, 'utf8')).toBe('theirs!');
  });

  test('a file that never rests is left alone', async () => {
    writeFileSync(file, '0');
    let count = 0;
    const raced = filesWith(onStep('read', () => writeFileSync(file, `${++count}`)));
    expect(await problemOf(raced.edit(file, (text) => `${text}!`))).toBe('CHANGED_MEANWHILE');
    expect(readFileSync(file, 'utf8')).toBe('5');
    expect(readdirSync(folder)).toEqual(['config.toml']);
  });
});

describe('when another Holdfast edits the file', () => {
  const lock = (): string => `${file}.holdfast-lock`;
  const owner = (pid: number): string => JSON.stringify({ pid, host: hostname(), token: 'x' });

  test('four at once lose nothing', async () => {
    await Promise.all([1, 2, 3, 4].map(() => runChild([file, 'append', '10'])));
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.length).toBe(40);
    expect(new Set(lines).size).toBe(40);
    expect(readdirSync(folder)).toEqual(['config.toml']);
  });

  test('a living one is waited for, then the edit is refused', async () => {
    writeFileSync(file, 'old');
    writeFileSync(lock(), owner(process.pid));
    let waitedMs = 0;
    const patient = filesWith({
      sleep: async (ms) => {
        waitedMs += ms;
      },
    });
    expect(await problemOf(patient.edit(file, () => 'new'))).toBe('LOCKED');
    expect(waitedMs).toBe(20_000);
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readFileSync(lock(), 'utf8')).toBe(owner(process.pid));
  });

  test('one that ends in time is waited for', async () => {
    writeFileSync(lock(), owner(process.pid));
    const patient = filesWith({ sleep: async () => rmSync(lock()) });
    expect(await problemOf(patient.edit(file, () => 'new'))).toBe('none');
  });

  test('a lock that is 31 seconds old was left behind', async () => {
    writeFileSync(lock(), owner(process.pid));
    const past = Date.now() / 1000 - 31;
    utimesSync(lock(), past, past);
    expect(await problemOf(files.edit(file, () => 'new'))).toBe('none');
    expect(readdirSync(folder)).toEqual(['config.toml']);
  });
});
