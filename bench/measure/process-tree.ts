import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What a process and everything it started use. Read from /proc, so Linux only. */
export interface ProcessUse {
  /** User and system time of all threads, µs. */
  readonly cpuMicros: number;
  readonly rssMb: number;
  /** Open descriptors; of these, sockets. */
  readonly descriptors: number;
  readonly sockets: number;
}

const CLOCK_TICKS_PER_SECOND = 100;
const MEBIBYTE = 1_048_576;

/** `pid` and its descendants. */
export function listTree(pid: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const child = Number(name);
    const parent = Number.isInteger(child) ? readStat(child)?.parent : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), child]);
  }
  const tree: number[] = [];
  const visit = (one: number): void => {
    tree.push(one);
    for (const child of children.get(one) ?? []) visit(child);
  };
  visit(pid);
  return tree;
}

export function readUse(pids: readonly number[]): ProcessUse {
  let [cpuMicros, rssMb, descriptors, sockets] = [0, 0, 0, 0];
  for (const pid of pids) {
    cpuMicros += readCpuMicros(pid);
    rssMb += readRssMb(pid);
    const open = readDescriptors(pid);
    descriptors += open.descriptors;
    sockets += open.sockets;
  }
  return { cpuMicros, rssMb, descriptors, sockets };
}

/** CPU time alone: cheap enough for the moment before and after a measurement. */
export const readTreeCpuMicros = (pids: readonly number[]): number =>
  pids.reduce((total, pid) => total + readCpuMicros(pid), 0);

/**
 * The kernel counts a process in ticks of 10 ms, its running threads in ns. A thread that has ended is only in the
 * ticks; then these are more, and they are right.
 */
function readCpuMicros(pid: number): number {
  const ticks = readStat(pid)?.ticks ?? 0;
  const tickMicros = (ticks * 1_000_000) / CLOCK_TICKS_PER_SECOND;
  let threadMicros = 0;
  for (const thread of list(`/proc/${pid}/task`)) {
    threadMicros += Number(read(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ')[0] ?? 0) / 1000;
  }
  return Math.max(threadMicros, tickMicros);
}

function readRssMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return (Number(kilobytes ?? 0) * 1024) / MEBIBYTE;
}

function readDescriptors(pid: number): { readonly descriptors: number; readonly sockets: number } {
  let [descriptors, sockets] = [0, 0];
  for (const name of list(`/proc/${pid}/fd`)) {
    descriptors++;
    if (readLink(`/proc/${pid}/fd/${name}`).startsWith('socket:')) sockets++;
  }
  return { descriptors, sockets };
}

/** The command's name can hold spaces and brackets, so fields are counted from its last bracket. */
function readStat(pid: number): { readonly parent: number; readonly ticks: number } | undefined {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined) return undefined;
  return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
}

/** Processes and threads may end between two looks. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readLink(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
