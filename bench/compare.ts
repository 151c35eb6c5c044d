/** Results as tables: `node bin/bun.js bench/compare.ts [FILE]` prints those of the newest file. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CellResult, ContenderResult } from './measure/compare-contenders.ts';
import type { Spread } from './measure/statistics.ts';
import type { BenchResults } from './results.ts';

export function renderTables(results: BenchResults): string {
  const { machine } = results;
  const facts = `${machine.processor}, ${machine.cores} cores, Bun ${machine.bun}, nginx ${machine.nginx ?? '(not installed)'}, commit ${results.commit}, ${results.at}, medians of ${results.rounds} rounds`;
  return [
    facts,
    ...renderRows(results.rows),
    ...renderLanes(results.lanes),
    ...renderStreams(results),
    ...renderStart(results),
  ].join('\n');
}

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;
const range = ({ median, min, max }: Spread): string => `${median} (${min} to ${max})`;

function renderRows(rows: readonly CellResult[]): readonly string[] {
  if (rows.length === 0) return [];
  return [
    '',
    '| Body | Answer | Connections | Clients | Through | CPU µs/request | × nginx | requests/s | first byte + ms p50 / p99 | last byte + ms p50 / p99 | RSS MB |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...rows.flatMap((row) => Object.entries(row.contenders).map(([name, one]) => renderRow(row, name, one))),
  ];
}

function renderRow(row: CellResult, name: string, one: ContenderResult): string {
  const { addedFirstByteMs: first, addedLastByteMs: last } = one;
  const isDirect = name === 'direct';
  const cells = [
    kilobytes(row.bodyBytes),
    row.delivery,
    row.connection,
    row.concurrency,
    name,
    isDirect ? '' : range(one.cpuMicrosPerRequest),
    one.cpuAgainstNginx === undefined ? '' : range(one.cpuAgainstNginx),
    one.requestsPerSecond.median,
    isDirect ? '' : `${first.p50.median} / ${first.p99.median}`,
    isDirect ? '' : `${last.p50.median} / ${last.p99.median}`,
    isDirect ? '' : one.rssMb,
  ];
  return `| ${cells.join(' | ')} |`;
}

function renderLanes(lanes: readonly CellResult[]): readonly string[] {
  if (lanes.length === 0) return [];
  const line = (cell: CellResult, name: string, one: ContenderResult): string => {
    const raw = cell.contenders['holdfast']?.cpuMicrosPerRequest.median ?? Number.NaN;
    const { median } = one.cpuMicrosPerRequest;
    return `| ${kilobytes(cell.bodyBytes)} | ${name} | ${range(one.cpuMicrosPerRequest)} | ${(median / raw).toFixed(2)} | ${one.rssMb} |`;
  };
  return [
    '',
    '| Body | Lane | CPU µs/request | × raw | RSS MB |',
    '|---|---|---|---|---|',
    ...lanes.flatMap((cell) =>
      Object.entries(cell.contenders)
        .filter(([name]) => name !== 'direct')
        .map(([name, one]) => line(cell, name, one)),
    ),
  ];
}

function renderStreams({ streams }: BenchResults): readonly string[] {
  const entries = Object.entries(streams);
  if (entries.length === 0) return [];
  return [
    '',
    '| Open streams | Through | events/s sent | lag ms p50 / p99 | CPU µs/event | of a core | RSS MB | failures |',
    '|---|---|---|---|---|---|---|---|',
    ...entries.map(
      ([name, one]) =>
        `| ${one.streams} × ${one.eventsPerSecond}/s | ${name} | ${Math.round(one.sentShare * one.streams * one.eventsPerSecond)} | ${one.lagMs.p50} / ${one.lagMs.p99} | ${one.cpuMicrosPerEvent} | ${one.cpuShare} | ${one.rssMb} | ${one.failures} |`,
    ),
  ];
}

function renderStart({ start }: BenchResults): readonly string[] {
  if (start === undefined) return [];
  return [
    '',
    '| Started as | first byte of an answer after ms | RSS MB |',
    '|---|---|---|',
    `| \`holdfast up\` (with its launcher) | ${range(start.launcher.firstByteMs)} | ${range(start.launcher.rssMb)} |`,
    `| the gateway alone | ${range(start.bun.firstByteMs)} | ${range(start.bun.rssMb)} |`,
  ];
}

const RESULTS = join(import.meta.dir, 'results');

if (import.meta.main) {
  const newest = readdirSync(RESULTS)
    .filter((name) => /^\d{4}-.*\.json$/.test(name))
    .sort()
    .at(-1);
  const file = process.argv[2] ?? (newest === undefined ? undefined : join(RESULTS, newest));
  if (file === undefined) throw new Error('There are no results yet: npm run bench');
  console.log(renderTables(JSON.parse(readFileSync(file, 'utf8')) as BenchResults));
}
