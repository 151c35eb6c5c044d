import type { Answer, BodyAnswer, StreamAnswer } from '../answer.ts';
import { createWire } from '../create-wire.ts';
import type { StreamFlaw } from '../faults/fault.ts';
import { createSeededRandom } from '../random.ts';
import type { Scenario } from '../scenario.ts';
import { TASK } from '../scenarios/task.ts';
import type { Strictness, WireName, WireReply } from '../wire.ts';

export interface CallOptions {
  readonly wire: WireName;
  readonly dialect?: string;
  /** The account. */
  readonly name?: string;
  readonly scenario?: Scenario;
  readonly flaws?: readonly StreamFlaw[];
  readonly strictness?: Strictness;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string;
  /** Gemini and Converse only: model and method stand in the path. */
  readonly model?: string;
  readonly stream?: boolean;
  /** Default: where the wire stands. */
  readonly path?: string;
}

const CLOCK = { now: () => 1_795_000_000_000, monotonic: () => 0, after: () => () => {} };

/** One model call without a network. */
export function callWire(body: unknown, options: CallOptions): WireReply {
  const wire = createWire(options.wire, options.dialect);
  const endings = {
    responses: 'responses',
    chat: 'chat/completions',
    messages: 'messages',
    gemini: `models/${options.model ?? 'gemini-3-pro'}:${options.stream === false ? 'g' : 'streamG'}enerateContent`,
    converse: `model/${options.model ?? 'anthropic.claude-opus-5'}/converse${options.stream === false ? '' : '-stream'}`,
  };
  const text = JSON.stringify(body);
  return wire.reply(
    {
      method: 'POST',
      path: options.path ?? `${wire.basePath}/${endings[options.wire]}`,
      query: 'alt=sse',
      headers: options.headers ?? { 'anthropic-version': '2023-06-01' },
      json: body,
      bodyBytes: text?.length ?? 0,
    },
    {
      scenario: options.scenario ?? TASK,
      name: options.name ?? 'account-one',
      key: options.key,
      strictness: options.strictness ?? {},
      random: createSeededRandom(`${text}`),
      clock: CLOCK,
      extras: {},
    },
    { withoutOutput: false, flaws: new Set(options.flaws) },
  );
}

export function streamOf({ answer }: { readonly answer: Answer }): StreamAnswer {
  if (answer.kind !== 'stream') throw new Error(`no stream but ${answer.status}: ${answer.body}`);
  return answer;
}

export function bodyOf({ answer }: { readonly answer: Answer }): BodyAnswer {
  if (answer.kind !== 'body') throw new Error('a stream where a body was expected');
  return answer;
}

/** The JSON of every event, `[DONE]` and comments left out. */
export function eventsOf(answer: StreamAnswer): readonly Readonly<Record<string, unknown>>[] {
  return answer.frames
    .map((frame) => /^data: (\{.*\})\r?$/m.exec(frame.text)?.[1])
    .filter((json) => json !== undefined)
    .map((json) => JSON.parse(json));
}
