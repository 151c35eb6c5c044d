import { describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandRequest, runCommand } from './run-command.ts';

const PATH = process.env['PATH'] ?? '';
const shell = (script: string, changes: Partial<CommandRequest> = {}): CommandRequest => ({
  command: 'sh',
  args: ['-c', script],
  cwd: undefined,
  env: { PATH },
  timeoutMs: 5000,
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
    const startedMs = performance.now();
    expect(await runCommand(shell('echo key-1'))).toEqual({ kind: 'done', stdout: 'key-1\n' });
    expect(performance.now() - startedMs).toBeLessThan(150);
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
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });

  test('that takes too long ends with all its children', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
    await runCommand(shell('sleep 20 & echo $! > pid; wait', { cwd: folder, timeoutMs: 300 }));
    await Bun.sleep(50);
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    rmSync(folder, { recursive: true });
    expect(pid).toBeGreaterThan(1);
    expect(isAlive(pid)).toBe(false);
  });

  test('is over when it ends, though a background process keeps its output open', async () => {
    const startedMs = performance.now();
    expect(await runCommand(shell('sleep 3 & echo key-1'))).toEqual({ kind: 'done', stdout: 'key-1\n' });
    expect(performance.now() - startedMs).toBeLessThan(1500);
  });
});
