import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { listTree, readTreeCpuMicros } from './process-tree.ts';

const TICK_MICROS = 10_000;

/** How much of the machine others used between two moments, as a share of all its cores. */
export function watchOtherLoad(): () => number {
  const [busyBefore, oursBefore, startedMs] = [readBusyMicros(), readOurs(), performance.now()];
  return () => {
    const others = readBusyMicros() - busyBefore - (readOurs() - oursBefore);
    const share = others / 1000 / ((performance.now() - startedMs) * cpus().length);
    return Math.max(0, Math.round(share * 100) / 100);
  };
}

const readOurs = (): number => readTreeCpuMicros(listTree(process.pid));

/** Everything but idle and waiting, of all cores; what the host took away included. */
function readBusyMicros(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, soft = 0, stolen = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + interrupts + soft + stolen) * TICK_MICROS;
}
