import type { Contender } from '../contenders/contender.ts';
import type { GeneratorHandle, UpstreamHandle } from '../load/helpers.ts';
import type { ConnectionUse, LoadResult, RequestShape, UpstreamMode } from '../load/messages.ts';
import { watchOtherLoad } from './other-load.ts';
import { listTree, readTreeCpuMicros, readUse } from './process-tree.ts';
import { disagreementOf, type Spread, spreadOf } from './statistics.ts';

/**
 * How the upstream sends its 200 events: all at once, the same with 12 kB of the request repeated in three of them, or
 * one after the other as a model produces them (100 per second).
 */
export type Delivery = 'burst' | 'burst-echo' | 'paced';

const MODES: Readonly<Record<Delivery, UpstreamMode>> = {
  burst: { kind: 'burst', events: 200, echoesTools: false },
  'burst-echo': { kind: 'burst', events: 200, echoesTools: true },
  paced: { kind: 'paced', eventsPerSecond: 100 },
};

/** One row of the comparison: the same load through every contender. */
export interface Cell {
  readonly bodyBytes: number;
  readonly connection: ConnectionUse;
  readonly concurrency: number;
  readonly delivery: Delivery;
  /** Per round and contender. */
  readonly requests: number;
}

export interface ContenderResult {
  readonly cpuMicrosPerRequest: Spread;
  readonly requestsPerSecond: Spread;
  readonly firstByteMs: { readonly p50: Spread; readonly p99: Spread };
  readonly lastByteMs: { readonly p50: Spread; readonly p99: Spread };
  /** Against the direct connection in the same round. */
  readonly addedFirstByteMs: { readonly p50: Spread; readonly p99: Spread };
  readonly addedLastByteMs: { readonly p50: Spread; readonly p99: Spread };
  /** After the cell. */
  readonly rssMb: number;
  /** CPU per request divided by nginx's in the same round. */
  readonly cpuAgainstNginx?: Spread;
  /** Distance of the quartiles of these, as a share of their median. */
  readonly disagreement?: number;
}

export interface CellResult extends Cell {
  readonly otherLoad: number;
  readonly contenders: Readonly<Record<string, ContenderResult>>;
}

interface Round {
  readonly cpuMicros: number;
  readonly load: LoadResult;
}

export interface Bench {
  readonly upstream: UpstreamHandle;
  readonly generator: GeneratorHandle;
  /** The first is the direct connection. */
  readonly contenders: readonly Contender[];
  readonly log: (line: string) => void;
}

export const shapeOf = (bodyBytes: number): RequestShape => ({ model: 'gpt-5.5', bodyBytes, hasClientMetadata: true });

/** Round after round, one contender after the other, so that what disturbs the machine disturbs all of them. */
export async function measureCell(cell: Cell, rounds: number, bench: Bench): Promise<CellResult> {
  await bench.upstream.setMode(MODES[cell.delivery]);
  const otherLoad = watchOtherLoad();
  const measured = new Map<string, Round[]>(bench.contenders.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const contender of bench.contenders) {
      const result = await measureRound(cell, contender, bench);
      // The first round only brings caches and compilers up to date.
      if (round >= 0) measured.get(contender.name)?.push(result);
    }
  }
  const contenders = Object.fromEntries(
    bench.contenders.map((contender) => [contender.name, summarise(contender, measured)]),
  );
  return { ...cell, otherLoad: otherLoad(), contenders };
}

async function measureRound(cell: Cell, contender: Contender, { generator, log }: Bench): Promise<Round> {
  const { port, key, pid } = contender;
  const pids = pid === undefined ? [] : listTree(pid);
  const before = readTreeCpuMicros(pids);
  const load = await generator.load({
    target: { port, key },
    shape: shapeOf(cell.bodyBytes),
    connection: cell.connection,
    concurrency: cell.concurrency,
    requests: cell.requests,
  });
  if (load.failures > 0) log(`${contender.name}: ${load.failures} of ${cell.requests} requests failed`);
  return { cpuMicros: (readTreeCpuMicros(pids) - before) / load.requests, load };
}

function summarise(contender: Contender, measured: ReadonlyMap<string, readonly Round[]>): ContenderResult {
  const rounds = measured.get(contender.name) ?? [];
  const direct = measured.get('direct') ?? [];
  const nginx = measured.get('nginx');
  const spread = (pick: (round: Round) => number): Spread => spreadOf(rounds.map(pick));
  const added = (pick: (round: Round) => number): Spread =>
    spreadOf(rounds.map((round, index) => pick(round) - pickAt(direct, index, pick)));
  const ratios =
    nginx === undefined || contender.pid === undefined
      ? undefined
      : rounds.map((round, index) => round.cpuMicros / pickAt(nginx, index, ({ cpuMicros }) => cpuMicros));
  return {
    cpuMicrosPerRequest: spread(({ cpuMicros }) => cpuMicros),
    requestsPerSecond: spread(({ load }) => load.requests / load.seconds),
    firstByteMs: { p50: spread(({ load }) => load.firstByteMs.p50), p99: spread(({ load }) => load.firstByteMs.p99) },
    lastByteMs: { p50: spread(({ load }) => load.lastByteMs.p50), p99: spread(({ load }) => load.lastByteMs.p99) },
    addedFirstByteMs: {
      p50: added(({ load }) => load.firstByteMs.p50),
      p99: added(({ load }) => load.firstByteMs.p99),
    },
    addedLastByteMs: { p50: added(({ load }) => load.lastByteMs.p50), p99: added(({ load }) => load.lastByteMs.p99) },
    rssMb: contender.pid === undefined ? 0 : Math.round(readUse(listTree(contender.pid)).rssMb),
    ...(ratios === undefined ? {} : { cpuAgainstNginx: spreadOf(ratios), disagreement: disagreementOf(ratios) }),
  };
}

const pickAt = (rounds: readonly Round[], index: number, pick: (round: Round) => number): number => {
  const round = rounds[index];
  return round === undefined ? Number.NaN : pick(round);
};
