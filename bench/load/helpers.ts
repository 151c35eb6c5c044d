/** Handles of the two helper processes: the upstream and the load generator. */
import { join } from 'node:path';
import { pinned } from '../contenders/contender.ts';
import type {
  GeneratorCommand,
  GeneratorReport,
  LoadJob,
  LoadResult,
  UpstreamCommand,
  UpstreamMode,
  UpstreamReport,
} from './messages.ts';

interface Channel<Command, Report extends { readonly kind: string }> {
  readonly tell: (command: Command) => void;
  /** The next report of that kind. */
  readonly hear: <Kind extends Report['kind']>(kind: Kind) => Promise<Extract<Report, { kind: Kind }>>;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

function openChannel<Command, Report extends { readonly kind: string }>(
  script: string,
  core: number | undefined,
): Channel<Command, Report> {
  const waiting: {
    readonly kind: string;
    readonly resolve: (report: Report) => void;
    readonly reject: (error: Error) => void;
  }[] = [];
  let isStopping = false;
  const child = Bun.spawn([...pinned(core, [process.execPath, join(import.meta.dir, script)])], {
    stdio: ['ignore', 'inherit', 'inherit'],
    ipc: (message: Report) => {
      const index = waiting.findIndex(({ kind }) => kind === message.kind);
      const [waiter] = index === -1 ? [] : waiting.splice(index, 1);
      waiter?.resolve(message);
    },
    onExit: () => {
      if (!isStopping) for (const { reject } of waiting) reject(new Error(`${script} ended early.`));
    },
  });
  return {
    pid: child.pid,
    tell: (command) => void child.send(command),
    hear: <Kind extends Report['kind']>(kind: Kind) =>
      new Promise<Extract<Report, { kind: Kind }>>((resolve, reject) => {
        waiting.push({ kind, resolve: (report) => resolve(report as Extract<Report, { kind: Kind }>), reject });
      }),
    stop: async () => {
      isStopping = true;
      child.kill();
      await child.exited;
    },
  };
}

export interface UpstreamHandle {
  readonly ports: readonly number[];
  readonly setMode: (mode: UpstreamMode) => Promise<void>;
  readonly command: (command: UpstreamCommand) => Promise<{ readonly requests: number; readonly sentEvents: number }>;
  readonly stop: () => Promise<void>;
}

export async function startUpstream(core: number | undefined): Promise<UpstreamHandle> {
  const channel = openChannel<UpstreamCommand, UpstreamReport>('serve-upstream.ts', core);
  const { ports } = await channel.hear('listening');
  const command: UpstreamHandle['command'] = (one) => {
    const done = channel.hear('done');
    channel.tell(one);
    return done;
  };
  return { ports, command, setMode: async (mode) => void (await command({ kind: 'mode', mode })), stop: channel.stop };
}

export interface GeneratorHandle {
  readonly tell: (command: GeneratorCommand) => void;
  readonly hear: Channel<GeneratorCommand, GeneratorReport>['hear'];
  readonly load: (job: Omit<LoadJob, 'kind'>) => Promise<LoadResult>;
  readonly stop: () => Promise<void>;
}

export async function startGenerator(core: number | undefined): Promise<GeneratorHandle> {
  const channel = openChannel<GeneratorCommand, GeneratorReport>('generate-load.ts', core);
  await channel.hear('ready');
  return {
    tell: channel.tell,
    hear: channel.hear,
    load: async (job) => {
      const answer = channel.hear('load-result');
      channel.tell({ kind: 'load', ...job });
      return (await answer).result;
    },
    stop: channel.stop,
  };
}
