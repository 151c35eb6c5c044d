/** npm run soak: mixed load for minutes, half the clients leaving in mid-stream, half the upstreams failing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, startHoldfast } from './contenders/holdfast.ts';
import { type GeneratorHandle, startGenerator, startUpstream, type UpstreamHandle } from './load/helpers.ts';
import type { SoakResult } from './load/messages.ts';
import { shapeOf } from './measure/compare-contenders.ts';
import { type MachineFacts, readCommit, readMachineFacts } from './measure/machine-facts.ts';
import { listTree, type ProcessUse, readUse } from './measure/process-tree.ts';
import { spreadOf } from './measure/statistics.ts';

const HELP = `npm run soak -- [options]
  --minutes N    how long (default 10)
  --clients N    at once (default 40)
  --out FILE     where the results go (default bench/results/soak-<date>.json; nothing below 10 minutes)`;

/** Short limits, so that stalled upstreams are given up on; short rests, so that failing ones are tried again. */
const CONFIG = `
[timeouts]
connect = "1s"
headers = "1s"
first_event = "1s"
idle = "1s"
[health]
base_ejection = "200ms"
max_ejection = "1s"
max_hint = "1s"
base_withdrawn = "1s"
max_withdrawn = "2s"
[retry]
backoff = "20ms"
budget_ratio = 2
budget_burst = 1000
`;

/** The measure: what is used after the first minute and at the end may differ by this share. */
const MAX_GROWTH = 0.1;
const SAMPLE_MS = 2_000;
const WINDOW_MS = 20_000;
const DRAIN_MS = 8_000;
/** Descriptors beyond those before the load: what the runtime opens once (timers, the ledger's file). */
const SPARE_DESCRIPTORS = 8;

interface Sample extends ProcessUse {
  readonly atMs: number;
}

interface SoakReport {
  readonly at: string;
  readonly commit: string;
  readonly machine: MachineFacts;
  readonly minutes: number;
  readonly clients: SoakResult;
  readonly upstreamRequests: number;
  readonly rssMb: {
    readonly afterFirstMinute: number;
    readonly atTheEnd: number;
    readonly highest: number;
    readonly growth: number;
  };
  readonly descriptors: { readonly before: number; readonly highest: number; readonly after: number };
  readonly problems: readonly string[];
}

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    clients: { type: 'string', default: '40' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const minutes = Number(options.minutes);
  const clients = Number(options.clients);
  if (!(minutes > 0) || !Number.isInteger(clients)) throw new Error(HELP);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-soak-'));
  const stops: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  try {
    const upstream = await startUpstream(undefined);
    stops.push(upstream.stop);
    const generator = await startGenerator(undefined);
    stops.push(generator.stop);
    const start = {
      upstreamPorts: upstream.ports,
      folder,
      core: undefined,
      name: 'soak',
      treatment: 'changed' as const,
    };
    const gateway = await startHoldfast({ ...start, config: CONFIG, isDirect: true });
    stops.push(gateway.stop);
    const pids = listTree(gateway.pid ?? process.pid);
    const report = await soak(minutes, clients, pids, gateway, upstream, generator);
    return finish(report);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function soak(
  minutes: number,
  clients: number,
  pids: readonly number[],
  target: { readonly port: number; readonly key: string },
  upstream: UpstreamHandle,
  generator: GeneratorHandle,
): Promise<SoakReport> {
  await upstream.setMode({ kind: 'faulty' });
  const before = readUse(pids);
  const shapes = [shapeOf(38_000), shapeOf(38_000), shapeOf(38_000), shapeOf(400_000)];
  const { port, key } = target;
  generator.tell({ kind: 'soak', target: { port, key }, shapes, concurrency: clients });
  const samples: Sample[] = [];
  const startedMs = performance.now();
  for (let atMs = 0; atMs < minutes * 60_000; ) {
    await Bun.sleep(SAMPLE_MS);
    atMs = performance.now() - startedMs;
    samples.push({ atMs, ...readUse(pids) });
    if (samples.length % 15 === 0) describe(samples.at(-1));
  }
  const ended = generator.hear('soak-result');
  generator.tell({ kind: 'stop' });
  const { result } = await ended;
  // Exchanges whose clients went are ended by now; connections kept for the next request are the upstream's to close.
  await Bun.sleep(DRAIN_MS / 2);
  const { requests } = await upstream.command({ kind: 'close-idle' });
  await Bun.sleep(DRAIN_MS / 2);
  return judge(minutes, before, samples, readUse(pids), result, requests);
}

function judge(
  minutes: number,
  before: ProcessUse,
  samples: readonly Sample[],
  after: ProcessUse,
  clients: SoakResult,
  upstreamRequests: number,
): SoakReport {
  const medianRss = (fromMs: number, toMs: number): number =>
    spreadOf(samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs).map(({ rssMb }) => rssMb)).median;
  const endMs = samples.at(-1)?.atMs ?? 0;
  const minuteMs = Math.min(60_000, endMs / 2);
  const afterFirstMinute = medianRss(minuteMs - WINDOW_MS / 2, minuteMs + WINDOW_MS / 2);
  const atTheEnd = medianRss(endMs - WINDOW_MS, endMs);
  const growth = Number((atTheEnd / afterFirstMinute - 1).toFixed(3));
  const highest = Math.max(...samples.map(({ descriptors }) => descriptors));
  const problems = [
    growth > MAX_GROWTH ? `memory grew by ${growth * 100} % after the first minute` : '',
    after.descriptors > before.descriptors + SPARE_DESCRIPTORS
      ? `${after.descriptors} descriptors stay open, ${before.descriptors} were before`
      : '',
    clients.completed === 0 || clients.aborted === 0 ? 'the load was not what it should be' : '',
  ];
  return {
    at: new Date().toISOString().slice(0, 10),
    commit: readCommit(ROOT),
    machine: readMachineFacts(),
    minutes,
    clients,
    upstreamRequests,
    rssMb: { afterFirstMinute, atTheEnd, highest: Math.round(Math.max(...samples.map(({ rssMb }) => rssMb))), growth },
    descriptors: { before: before.descriptors, highest, after: after.descriptors },
    problems: problems.filter((problem) => problem !== ''),
  };
}

const describe = (sample: Sample | undefined): void => {
  if (sample === undefined) return;
  console.error(
    `${Math.round(sample.atMs / 1000)} s: ${Math.round(sample.rssMb)} MB, ${sample.descriptors} descriptors`,
  );
};

const SHORTEST_RECORD_MINUTES = 10;

function finish(report: SoakReport): number {
  console.log(JSON.stringify(report, null, 2));
  const isFull = report.minutes >= SHORTEST_RECORD_MINUTES;
  const file = options.out ?? (isFull ? join(import.meta.dir, 'results', `soak-${report.at}.json`) : undefined);
  for (const problem of report.problems) console.error(`does not hold: ${problem}`);
  if (report.problems.length > 0) return 1;
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  return 0;
}

process.exitCode = await main();
process.exit();
