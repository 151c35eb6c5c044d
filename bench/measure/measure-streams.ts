import type { Contender } from '../contenders/contender.ts';
import type { GeneratorHandle, UpstreamHandle } from '../load/helpers.ts';
import type { StreamsResult } from '../load/messages.ts';
import { shapeOf } from './compare-contenders.ts';
import { listTree, readTreeCpuMicros, readUse } from './process-tree.ts';

export interface StreamsOptions {
  readonly streams: number;
  readonly eventsPerSecond: number;
  readonly seconds: number;
}

export interface OpenStreamsResult extends StreamsOptions {
  readonly failures: number;
  /** Time from the upstream's write to the client's read. */
  readonly lagMs: StreamsResult['lagMs'];
  /** Events that the upstream managed to send, as a share of those it should have. */
  readonly sentShare: number;
  readonly cpuMicrosPerEvent: number;
  /** Share of one core. */
  readonly cpuShare: number;
  /** Highest of the samples while all streams were open. */
  readonly rssMb: number;
}

const SETTLE_MS = 3_000;
const SAMPLE_MS = 500;
const OPENS_PER_SECOND = 250;
const BODY_BYTES = 38_000;

/** Many open streams at the speed of a fast model. */
export async function measureStreams(
  contender: Contender,
  options: StreamsOptions,
  upstream: UpstreamHandle,
  generator: GeneratorHandle,
): Promise<OpenStreamsResult> {
  await upstream.setMode({ kind: 'endless', eventsPerSecond: options.eventsPerSecond });
  const { port, key, pid } = contender;
  const opening = generator.hear('streams-open');
  const ended = generator.hear('streams-result');
  generator.tell({
    kind: 'streams',
    target: { port, key },
    shape: shapeOf(BODY_BYTES),
    streams: options.streams,
    opensPerSecond: OPENS_PER_SECOND,
  });
  const { opened } = await opening;
  await Bun.sleep(SETTLE_MS);
  generator.tell({ kind: 'mark' });
  const pids = pid === undefined ? [] : listTree(pid);
  const before = readTreeCpuMicros(pids);
  const sentBefore = (await upstream.command({ kind: 'report' })).sentEvents;
  const startedMs = performance.now();
  let rssMb = 0;
  while (performance.now() - startedMs < options.seconds * 1000) {
    await Bun.sleep(SAMPLE_MS);
    rssMb = Math.max(rssMb, readUse(pids).rssMb);
  }
  const { sentEvents } = await upstream.command({ kind: 'report' });
  const seconds = (performance.now() - startedMs) / 1000;
  const cpuMicros = readTreeCpuMicros(pids) - before;
  await upstream.command({ kind: 'finish-streams' });
  const { result } = await ended;
  const sent = sentEvents - sentBefore;
  return {
    ...options,
    failures: result.failures + options.streams - opened,
    lagMs: result.lagMs,
    sentShare: roundTo(sent / (opened * options.eventsPerSecond * seconds), 3),
    cpuMicrosPerEvent: roundTo(cpuMicros / sent, 1),
    cpuShare: roundTo(cpuMicros / 1e6 / seconds, 2),
    rssMb: Math.round(rssMb),
  };
}

const roundTo = (value: number, digits: number): number => Number(value.toFixed(digits));
