/** npm run bench: the same Codex traffic direct, through nginx and through Holdfast, in one run. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { renderTables } from './compare.ts';
import { type Contender, canPin, type StartOptions } from './contenders/contender.ts';
import { ROOT, startHoldfast } from './contenders/holdfast.ts';
import { findNginxVersion, startNginx } from './contenders/nginx.ts';
import { startGenerator, startUpstream } from './load/helpers.ts';
import { checkAnswer } from './measure/check-answers.ts';
import { type Bench, type Cell, type CellResult, type Delivery, measureCell } from './measure/compare-contenders.ts';
import { readCommit, readMachineFacts } from './measure/machine-facts.ts';
import { measureStart } from './measure/measure-start.ts';
import { measureStreams, type OpenStreamsResult } from './measure/measure-streams.ts';
import type { BenchResults } from './results.ts';

const HELP = `npm run bench -- [options]
  --rounds N     rounds per row and contender, after one to warm up (default 7)
  --only PART    rows, lanes, streams or start (default: all)
  --quick        the headline rows only, nothing is written
  --no-pin       do not tie the proxies to one core and the rest to another
  --out FILE     where the results go (default bench/results/<date>.json)
  --force        write them even when the rounds disagree absurdly`;

const PROXY_CORE = 0;
const HELPER_CORE = 1;
/** Rounds that disagree by more than this share (quartile distance) measured the neighbours, not us. */
const MAX_DISAGREEMENT = 0.35;
const START_RUNS = 11;

const row = (
  bodyBytes: number,
  connection: Cell['connection'],
  concurrency: number,
  delivery: Delivery = 'burst',
): Cell => {
  const isLarge = bodyBytes > 100_000;
  // Paced answers take two seconds each, and cost more.
  const requests = delivery === 'paced' ? concurrency * 2 : (isLarge ? 300 : 800) / (concurrency === 1 ? 2 : 1);
  return { bodyBytes, connection, concurrency, delivery, requests };
};

/** The first ones are the headline: a connection per request, as Codex makes them. */
const CELLS: readonly Cell[] = [
  row(38_000, 'new', 8),
  row(400_000, 'new', 8),
  row(38_000, 'new', 100, 'paced'),
  row(400_000, 'new', 100, 'paced'),
  row(38_000, 'new', 32),
  row(400_000, 'new', 32),
  row(38_000, 'new', 1),
  row(400_000, 'new', 1),
  row(38_000, 'kept', 8),
  row(400_000, 'kept', 8),
  row(38_000, 'new', 8, 'burst-echo'),
];
const HEADLINE_CELLS = 4;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    'no-pin': { type: 'boolean', default: false },
    out: { type: 'string' },
    force: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const log = (line: string): void => console.error(line);
const wants = (part: string): boolean => options.only === undefined || options.only === part;

async function main(): Promise<number> {
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const rounds = Number(options.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a whole number above 0.');
  const isPinned = canPin && !options['no-pin'];
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  const stops: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  try {
    const upstream = await startUpstream(isPinned ? HELPER_CORE : undefined);
    stops.push(upstream.stop);
    const generator = await startGenerator(isPinned ? HELPER_CORE : undefined);
    stops.push(generator.stop);
    const start: StartOptions = { upstreamPorts: upstream.ports, folder, core: isPinned ? PROXY_CORE : undefined };
    const contenders = await startContenders(start, stops);
    const bench: Bench = { upstream, generator, contenders, log };
    const rows = wants('rows') ? await measureRows(rounds, bench) : [];
    const lanes = wants('lanes') && !options.quick ? await measureLanes(rounds, bench, start, stops) : [];
    const streams = wants('streams') && !options.quick ? await measureOpenStreams(bench) : {};
    const starts = wants('start') && !options.quick ? await measureStarts(bench, start) : undefined;
    const results: BenchResults = {
      at: new Date().toISOString().slice(0, 10),
      commit: readCommit(ROOT),
      machine: readMachineFacts(findNginxVersion()),
      isPinned,
      rounds,
      rows,
      lanes,
      streams,
      ...(starts === undefined ? {} : { start: starts }),
    };
    console.log(renderTables(results));
    return finish(results);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function startContenders(start: StartOptions, stops: (() => Promise<void>)[]): Promise<readonly Contender[]> {
  const [port = 0] = start.upstreamPorts;
  const contenders: Contender[] = [
    { name: 'direct', port, key: 'unused', pid: undefined, stop: async () => undefined },
  ];
  const add = async (starting: Promise<Contender>): Promise<void> => {
    const contender = await starting;
    stops.push(contender.stop);
    contenders.push(contender);
  };
  if (findNginxVersion() === undefined) log('nginx is not installed: no ratios.');
  else {
    await add(startNginx({ ...start, setup: 'debian' }));
    await add(startNginx({ ...start, setup: 'tuned' }));
  }
  await add(startHoldfast({ ...start, name: 'holdfast', treatment: 'unchanged' }));
  await add(startHoldfast({ ...start, name: 'holdfast-changed', treatment: 'changed' }));
  return contenders;
}

/** A gateway runs for weeks, so its compilers are given the time to finish. */
const WARM_UP_REQUESTS = 10_000;
const WARM_UP_LANES = 2000;

async function measureRows(rounds: number, bench: Bench): Promise<readonly CellResult[]> {
  await bench.upstream.setMode({ kind: 'burst', events: 200, echoesTools: false });
  for (const contender of bench.contenders) await checkAnswer(contender, 38_000);
  log('warming up');
  await measureCell({ ...row(38_000, 'new', 8), requests: WARM_UP_REQUESTS }, 0, bench);
  const rows: CellResult[] = [];
  for (const cell of options.quick ? CELLS.slice(0, HEADLINE_CELLS) : CELLS) {
    const result = await measureCell(cell, rounds, bench);
    rows.push(result);
    const cpu = Object.entries(result.contenders).map(([name, one]) => `${name} ${one.cpuMicrosPerRequest.median}`);
    log(
      `${cell.bodyBytes} bytes, ${cell.connection} connections, ${cell.concurrency} clients: µs/request ${cpu.join(', ')}`,
    );
  }
  return rows;
}

/** What it costs that a target speaks another wire. */
async function measureLanes(
  rounds: number,
  bench: Bench,
  start: StartOptions,
  stops: (() => Promise<void>)[],
): Promise<readonly CellResult[]> {
  const contenders = bench.contenders.filter(({ name }) => name === 'direct' || name === 'holdfast');
  for (const wire of ['chat', 'messages', 'gemini'] as const) {
    const contender = await startHoldfast({ ...start, name: `holdfast-${wire}`, treatment: 'unchanged', wire });
    stops.push(contender.stop);
    contenders.push(contender);
  }
  const lanes: Bench = { ...bench, contenders };
  log('warming up');
  await measureCell({ ...row(38_000, 'new', 8), requests: WARM_UP_LANES }, 0, lanes);
  const results: CellResult[] = [];
  for (const cell of [row(38_000, 'new', 8), row(400_000, 'new', 8)]) {
    const result = await measureCell(cell, rounds, lanes);
    results.push(result);
    const cpu = Object.entries(result.contenders).map(([name, one]) => `${name} ${one.cpuMicrosPerRequest.median}`);
    log(`${cell.bodyBytes} bytes, lanes: µs/request ${cpu.join(', ')}`);
  }
  return results;
}

async function measureOpenStreams(bench: Bench): Promise<Readonly<Record<string, OpenStreamsResult>>> {
  const results: Record<string, OpenStreamsResult> = {};
  for (const contender of bench.contenders) {
    if (!['direct', 'nginx', 'holdfast'].includes(contender.name)) continue;
    const result = await measureStreams(
      contender,
      { streams: 1000, eventsPerSecond: 30, seconds: 20 },
      bench.upstream,
      bench.generator,
    );
    results[contender.name] = result;
    log(
      `1,000 streams, ${contender.name}: lag p99 ${result.lagMs.p99} ms, ${result.rssMb} MB, ${result.failures} failures`,
    );
  }
  return results;
}

async function measureStarts({ upstream }: Bench, start: StartOptions): Promise<NonNullable<BenchResults['start']>> {
  await upstream.setMode({ kind: 'burst', events: 200, echoesTools: false });
  return { launcher: await measureStart(start, false, START_RUNS), bun: await measureStart(start, true, START_RUNS) };
}

/** Writes the results, unless they say nothing. */
function finish(results: BenchResults): number {
  const problems = results.rows.flatMap(({ bodyBytes, connection, concurrency, contenders }) =>
    Object.entries(contenders)
      .filter(([, { disagreement = 0 }]) => !(disagreement <= MAX_DISAGREEMENT))
      .map(
        ([name, { disagreement }]) =>
          `${bodyBytes} bytes, ${connection}, ${concurrency} clients, ${name}: ${disagreement}`,
      ),
  );
  if (problems.length > 0)
    log(`The rounds disagree too much (more than ${MAX_DISAGREEMENT}):\n  ${problems.join('\n  ')}`);
  if (problems.length > 0 && !options.force) {
    log('Nothing was written. Try again when the machine is quiet, or with more --rounds.');
    return 1;
  }
  if (options.quick && options.out === undefined) return 0;
  const file = options.out ?? join(import.meta.dir, 'results', `${results.at}.json`);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  log(`written: ${file}`);
  return 0;
}

process.exitCode = await main();
process.exit();
