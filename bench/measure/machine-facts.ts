import { spawnSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';

/** What someone needs to judge a result. No names, no paths. */
export interface MachineFacts {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly bun: string;
  readonly nginx?: string;
  readonly node: string;
}

export function readMachineFacts(nginx?: string): MachineFacts {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    bun: Bun.version,
    ...(nginx === undefined ? {} : { nginx }),
    node: run('node', ['--version']).replace('v', ''),
  };
}

/** The commit that was measured; `+` behind it: with changes that are not committed. */
export function readCommit(folder: string): string {
  const commit = run('git', ['-C', folder, 'rev-parse', '--short=12', 'HEAD']);
  const isChanged = run('git', ['-C', folder, 'status', '--porcelain', '--', 'src', 'bin']) !== '';
  return commit === '' ? 'unknown' : `${commit}${isChanged ? '+' : ''}`;
}

function run(command: string, args: readonly string[]): string {
  return (spawnSync(command, [...args], { encoding: 'utf8' }).stdout ?? '').trim();
}
