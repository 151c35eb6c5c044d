import type { ResponsesEvent } from './events.ts';

/** Everything that JSON does not write as it is: quotes, backslashes, control characters, lone surrogates. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;
interface DeltaFrame {
  readonly type: string;
  readonly itemId: unknown;
  readonly outputIndex: unknown;
  readonly partIndex: unknown;
  readonly before: string;
  readonly between: string;
  readonly after: string;
}

/** Server-sent events as text: an `event:` line and one `data:` line each, as OpenAI writes them. */
export class EventRenderer {
  private frame: DeltaFrame | undefined;

  /**
   * The same as `JSON.stringify` gives. A stream consists of deltas that differ in a number and a few words, so the rest
   * of them is kept: a third of the time.
   */
  render(event: ResponsesEvent): string {
    const delta = event['delta'];
    if (typeof delta === 'string' && isPlainDelta(event)) {
      if (this.frame === undefined || !fits(this.frame, event)) this.frame = frameOf(event);
      const { frame } = this;
      if (frame !== undefined) {
        const text = NEEDS_ESCAPE.test(delta) ? JSON.stringify(delta).slice(1, -1) : delta;
        return `${frame.before}${event.sequence_number}${frame.between}${text}${frame.after}`;
      }
    }
    return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  }
}

/** Whatever else an event holds may differ from one to the next. */
const PLAIN_KEYS: ReadonlySet<string> = new Set([
  'type',
  'sequence_number',
  'item_id',
  'output_index',
  'content_index',
  'summary_index',
  'delta',
  'logprobs',
]);

function isPlainDelta(event: ResponsesEvent): boolean {
  for (const key in event) if (!PLAIN_KEYS.has(key)) return false;
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
    before: `event: ${event.type}\ndata: ${before}`,
    between,
    after: `${after}\n\n`,
  };
}
