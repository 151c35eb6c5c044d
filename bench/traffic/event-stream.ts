import { createSeededText, type SeededText } from './seeded-text.ts';

/** The parts of an answer of OpenAI's Responses API: one message that arrives word by word. */
export interface EventStream {
  /** What comes before the first word. */
  readonly head: readonly Buffer[];
  readonly deltas: readonly Buffer[];
  /** What comes after the last word. */
  readonly tail: readonly Buffer[];
}

export interface EventStreamOptions {
  /** In total, head and tail included. */
  readonly events: number;
  /** `response.created`, `in_progress` and `completed` repeat about 12 kB of the request (its tools), as OpenAI's do. */
  readonly echoesTools: boolean;
}

const HEAD_EVENTS = 4;
const TAIL_EVENTS = 4;
const ECHO_CHARACTERS = 11_000;

export function createEventStream({ events, echoesTools }: EventStreamOptions): EventStream {
  const text = createSeededText(0xbea7);
  let sequence = 0;
  const event = (type: string, fields: Record<string, unknown>): Buffer =>
    Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`);
  const response = createResponse(text, echoesTools);
  const itemId = `msg_${text.hex(40)}`;
  const at = { item_id: itemId, output_index: 0, content_index: 0 };
  const part = { type: 'output_text', annotations: [], logprobs: [], text: '' };
  const item = { id: itemId, type: 'message', status: 'in_progress', content: [] as unknown[], role: 'assistant' };
  const head = [
    event('response.created', { response }),
    event('response.in_progress', { response }),
    event('response.output_item.added', { output_index: 0, item }),
    event('response.content_part.added', { ...at, part }),
  ];
  const words: string[] = [];
  const deltas = Array.from({ length: events - HEAD_EVENTS - TAIL_EVENTS }, () => {
    const delta = ` ${text.word()}`;
    words.push(delta);
    return event('response.output_text.delta', { ...at, delta, logprobs: [] });
  });
  const whole = { ...part, text: words.join('') };
  const done = { ...item, status: 'completed', content: [whole] };
  const tail = [
    event('response.output_text.done', { ...at, text: whole.text, logprobs: [] }),
    event('response.content_part.done', { ...at, part: whole }),
    event('response.output_item.done', { output_index: 0, item: done }),
    event('response.completed', { response: { ...response, status: 'completed', output: [done], usage: USAGE } }),
  ];
  return { head, deltas, tail };
}

const USAGE = {
  input_tokens: 9_120,
  input_tokens_details: { cached_tokens: 8_704 },
  output_tokens: 192,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 9_312,
};

function createResponse(text: SeededText, echoesTools: boolean): Record<string, unknown> {
  return {
    id: `resp_${text.hex(50)}`,
    object: 'response',
    created_at: 1_795_000_000,
    status: 'in_progress',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model: 'gpt-5.5',
    output: [],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: 'medium', summary: null },
    store: false,
    temperature: 1,
    text: { format: { type: 'text' }, verbosity: 'low' },
    tool_choice: 'auto',
    tools: echoesTools ? [{ type: 'function', name: 'exec_command', description: text.code(ECHO_CHARACTERS) }] : [],
    top_p: 1,
    truncation: 'disabled',
    usage: null,
    metadata: {},
  };
}

/** As HTTP sends it: every event a chunk of its own, which is how servers flush events. */
export const asChunk = (event: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${event.length.toString(16)}\r\n`), event, Buffer.from('\r\n')]);

export const LAST_CHUNK = Buffer.from('0\r\n\r\n');

export const STREAM_HEAD = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nx-request-id: req_0123456789abcdef0123456789abcdef\r\nopenai-processing-ms: 5\r\ncache-control: no-store\r\ntransfer-encoding: chunked\r\n\r\n',
);

export function renderAnswer(stream: EventStream): Buffer {
  const events = [...stream.head, ...stream.deltas, ...stream.tail];
  return Buffer.concat([STREAM_HEAD, ...events.map(asChunk), LAST_CHUNK]);
}
