import type { ResponsesEvent } from './events.ts';

/** Server-sent events as bytes: an `event:` line and one `data:` line each, as OpenAI writes them. */
export type EventEncoder = (events: readonly ResponsesEvent[]) => Buffer;

/** Everything that JSON does not write as it is: quotes, backslashes, control characters, lone surrogates. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

interface DeltaFrame {
  readonly type: string;
  readonly itemId: unknown;
  readonly outputIndex: unknown;
  readonly partIndex: unknown;
  readonly before: Buffer;
  readonly between: Buffer;
  readonly after: Buffer;
}

/**
 * The same bytes as `JSON.stringify` gives. A stream consists of deltas that differ in a number and a few words, so
 * their other bytes are kept: a third of the time.
 */
export function createEventEncoder(): EventEncoder {
  let frame: DeltaFrame | undefined;
  const encodeOne = (event: ResponsesEvent): Buffer => {
    const delta = event['delta'];
    if (typeof delta === 'string' && isPlainDelta(event)) {
      if (frame === undefined || !fits(frame, event)) frame = frameOf(event);
      if (frame !== undefined) return writeDelta(frame, event.sequence_number, delta);
    }
    return Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  return (events) => {
    const [first] = events;
    return first !== undefined && events.length === 1 ? encodeOne(first) : Buffer.concat(events.map(encodeOne));
  };
}

function writeDelta(frame: DeltaFrame, sequenceNumber: number, delta: string): Buffer {
  const number = String(sequenceNumber);
  const text = NEEDS_ESCAPE.test(delta) ? JSON.stringify(delta).slice(1, -1) : delta;
  const fixedLength = frame.before.length + frame.between.length + frame.after.length;
  const bytes = Buffer.allocUnsafe(fixedLength + number.length + Buffer.byteLength(text));
  let at = frame.before.copy(bytes);
  at += bytes.write(number, at, 'latin1');
  at += frame.between.copy(bytes, at);
  at += bytes.write(text, at, 'utf8');
  frame.after.copy(bytes, at);
  return bytes;
}

function isPlainDelta(event: ResponsesEvent): boolean {
  switch (event.type) {
    case 'response.output_text.delta':
      return Array.isArray(event['logprobs']) && event['logprobs'].length === 0;
    case 'response.reasoning_summary_text.delta':
    case 'response.function_call_arguments.delta':
    case 'response.custom_tool_call_input.delta':
      return true;
    default:
      return false;
  }
}

function fits(frame: DeltaFrame, event: ResponsesEvent): boolean {
  return (
    frame.type === event.type &&
    frame.itemId === event['item_id'] &&
    frame.outputIndex === event['output_index'] &&
    frame.partIndex === (event['content_index'] ?? event['summary_index'])
  );
}

const NUMBER_MARK = -987654321012345;
const DELTA_MARK = '\u0001';

/** Undefined when the marks do not stand in one place each. */
function frameOf(event: ResponsesEvent): DeltaFrame | undefined {
  const json = JSON.stringify({ ...event, sequence_number: NUMBER_MARK, delta: DELTA_MARK });
  const [before, rest, ...others] = json.split(String(NUMBER_MARK));
  const [between, after, ...more] = (rest ?? '').split('\\u0001');
  if (before === undefined || between === undefined || after === undefined) return undefined;
  if (others.length > 0 || more.length > 0) return undefined;
  return {
    type: event.type,
    itemId: event['item_id'],
    outputIndex: event['output_index'],
    partIndex: event['content_index'] ?? event['summary_index'],
    before: Buffer.from(`event: ${event.type}\ndata: ${before}`),
    between: Buffer.from(between),
    after: Buffer.from(`${after}\n\n`),
  };
}
