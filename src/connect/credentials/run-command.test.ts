import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandRequest, runCommand } from './run-command.ts';

setDefaultTimeout(120_000);

const PATH = process.env['PATH'] ?? '';
const shell = (script: string, changes: Partial<CommandRequest> = {}): CommandRequest => ({
  command: 'sh',
  args: ['-c', script],
  cwd: undefined,
  env: { PATH },
  timeoutMs: 15_000,
  maxOutputBytes: 65_536,
  ...changes,
});
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};

describe.skipIf(process.platform === 'win32')('a key command', () => {
  test('hands over what it printed', async () => {
    expect(await runCommand(shell('echo key-1'))).toEqual({ kind: 'done', stdout: 'key-1\n' });
  });

  test('gets its arguments as they are: no shell looks at them', async () => {
    expect(await runCommand(shell('', { command: 'echo', args: ['$HOME;', '*'] }))).toEqual({
      kind: 'done',
      stdout: '$HOME; *\n',
    });
  });

  test('sees only the environment it is given, no stdin, and its folder', async () => {
    const outcome = await runCommand(
      shell('env | cut -d= -f1 | grep -vE "^(PWD|SHLVL|_|OLDPWD)$"; cat; pwd', { cwd: '/' }),
    );
    expect(outcome).toEqual({ kind: 'done', stdout: 'PATH\n/\n' });
  });

  test.each([
    ['fails', shell('echo secret; echo secret >&2; exit 3'), 'command_exit_3'],
    ['is killed', shell('kill -9 $$'), 'command_exit_SIGKILL'],
    ['does not exist', shell('', { command: '/no/such/program' }), 'command_not_found'],
    ['has no folder', shell('', { cwd: '/no/such/folder' }), 'command_not_found'],
    ['is not a program', shell('', { command: '/' }), 'command_not_started'],
    ['takes too long', shell('sleep 20', { timeoutMs: 100 }), 'command_timeout'],
    ['prints without end', shell('yes'), 'command_output_too_long'],
  ])('that %s is named as such', async (_name, request, problem) => {
    const startedMs = performance.now();
    expect(await runCommand(request)).toEqual({ kind: 'failed', problem });
    // Far from the 20 s that one of them sleeps.
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });

  test('that is stopped ends with all its children', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
    // Stopped for its output, and not after a time: by then its child is there, however slow the machine.
    const outcome = await runCommand(shell('sleep 20 & echo $! > pid; yes', { cwd: folder, timeoutMs: 15_000 }));
    expect(outcome).toEqual({ kind: 'failed', problem: 'command_output_too_long' });
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    rmSync(folder, { recursive: true });
    expect(pid).toBeGreaterThan(1);
    for (let looks = 0; isAlive(pid) && looks < 500; looks += 1) await Bun.sleep(10);
    expect(isAlive(pid)).toBe(false);
  });

  test('is over when it ends, though a background process keeps its output open', async () => {
    const startedMs = performance.now();
    expect(await runCommand(shell('sleep 20 & echo key-1'))).toEqual({ kind: 'done', stdout: 'key-1\n' });
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});
