import type { Lane } from '../../src/core/exchange.ts';
import type { Wire } from '../../src/core/target.ts';
import type { SimulatorOptions } from '../../src/serve/simulator/simulator-options.ts';

/**
 * A way to an upstream that the walk can be tested over: what stands in the configuration, and what the simulator is
 * then. Tests that must hold for every lane run over `TESTED_LANES`, so that a new lane is a row here and nothing else.
 */
export interface TestedLane {
  readonly name: string;
  /** How its attempts are recorded. */
  readonly lane: Lane;
  readonly wire: Wire;
  /** Further lines of `[providers.*]`. */
  readonly provider: string;
  /** The model's name there. Default: the client's. */
  readonly model?: string;
  /** After the base URL. */
  readonly path: string;
  /** Default true. */
  readonly seesImages?: false;
  readonly simulator: Partial<SimulatorOptions>;
  /** The parts of an answer that arrive together: an upstream is cut after each. Default: events end at a blank line. */
  readonly splitAnswer?: (body: Buffer) => readonly Buffer[];
}

const GEMINI: TestedLane = {
  name: 'gemini',
  lane: 'translated',
  wire: 'gemini',
  provider: '',
  model: 'gemini-3-pro',
  path: '/models/gemini-3-pro:streamGenerateContent?alt=sse',
  simulator: { wire: 'gemini' },
  splitAnswer: (body) => splitAfter(body, '\r\n\r\n'),
};

/** The same lane to another house, which is not worth every test. */
export const VERTEX: TestedLane = {
  ...GEMINI,
  name: 'vertex',
  wire: 'vertex',
  simulator: { wire: 'gemini', dialect: 'vertex' },
};

export const TESTED_LANES: readonly TestedLane[] = [
  {
    name: 'raw',
    lane: 'raw',
    wire: 'responses',
    provider: '',
    path: '/responses',
    simulator: { wire: 'responses' },
  },
  {
    name: 'sanitised',
    lane: 'sanitised',
    wire: 'responses',
    provider: 'dialect = "openrouter"',
    path: '/responses',
    simulator: { wire: 'responses', dialect: 'openrouter' },
  },
  {
    name: 'chat',
    lane: 'translated',
    wire: 'chat',
    provider: 'dialect = "deepseek"',
    model: 'deepseek-v4',
    seesImages: false,
    path: '/chat/completions',
    simulator: { wire: 'chat', dialect: 'deepseek' },
  },
  {
    name: 'messages',
    lane: 'translated',
    wire: 'messages',
    provider: 'dialect = "anthropic"',
    model: 'claude-opus-4-8',
    path: '/messages',
    simulator: { wire: 'messages', dialect: 'anthropic' },
  },
  GEMINI,
  {
    name: 'converse',
    lane: 'translated',
    wire: 'converse',
    provider: '',
    model: 'anthropic.claude-opus-5',
    path: '/model/anthropic.claude-opus-5/converse-stream',
    simulator: { wire: 'converse' },
    splitAnswer: splitFrames,
  },
];

export const splitAnswer = (lane: TestedLane, body: Buffer): readonly Buffer[] =>
  lane.splitAnswer?.(body) ?? splitAfter(body, '\n\n');

function splitAfter(body: Buffer, mark: string): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf(mark, at);
    const next = end === -1 ? body.length : end + mark.length;
    parts.push(body.subarray(at, next));
    at = next;
  }
  return parts;
}

/** AWS's event stream says of each event how long it is. */
function splitFrames(body: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += body.readUInt32BE(at)) {
    parts.push(body.subarray(at, at + body.readUInt32BE(at)));
  }
  return parts;
}

export interface LaneUpstream {
  readonly lane: TestedLane;
  /** What stands before the lane's path. */
  readonly url: string;
}

/** One route for every model name, over these upstreams in order of priority: `p1`, `p2`, … */
export function routeOverLanes(upstreams: readonly LaneUpstream[], more = ''): string {
  const providers = upstreams.map(
    ({ lane, url }, index) =>
      `[providers.p${index + 1}]\nwire = "${lane.wire}"\nbase_url = "${url}"\nkey = "none"\n${lane.provider}\n`,
  );
  const targets = upstreams.map(({ lane }, index) => {
    const model = lane.model === undefined ? '' : `  model = "${lane.model}"\n`;
    return `  [[routes.targets]]\n  provider = "p${index + 1}"\n  priority = ${index + 1}\n${model}`;
  });
  return `${more}\n[server]\nlisten = "127.0.0.1:0"\nkeep_alive = "5s"\n\n${providers.join('\n')}\n[[routes]]\nid = "test"\nmodels = ["*"]\n${targets.join('')}`;
}
