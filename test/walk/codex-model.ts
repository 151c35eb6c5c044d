import { findEventProblems } from '../../src/decide/wire/__fixtures__/match-sdk-types.ts';

/**
 * What Codex does with a stream, as far as it decides whether a broken one is noticed (observed behaviour of 0.169.0 and
 * 0.125.0): it takes items from `output_item.done` only, runs a call at once when that arrives, stops reading at
 * `completed`, asks again with everything it has after `end_turn: false`, and repeats what broke off.
 */

type Json = Readonly<Record<string, unknown>>;

export interface ClientProfile {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Repeats a request whose stream broke off. Codex shows `Reconnecting` then. */
  readonly repeatsBrokenStreams: boolean;
  /** `end_turn: false` makes it ask again. */
  readonly honoursEndTurn: boolean;
  /** Wants an end of every item, as the official SDK does. */
  readonly isStrict: boolean;
}

const codex = (version: string, honoursEndTurn: boolean): ClientProfile => ({
  name: `Codex ${version}`,
  headers: {
    'user-agent': `codex_exec/${version} (Debian 12.0.0; x86_64) unknown`,
    originator: 'codex_exec',
    accept: 'text/event-stream',
    'thread-id': '0199a1b2-0000-7000-8000-00000000000a',
    'session-id': '0199a1b2-0000-7000-8000-00000000000a',
    'x-codex-turn-metadata':
      '{"turn_id":"0199a1b2-0000-7000-8000-00000000000b","workspaces":{"/home/someone/secret-project":{}}}',
  },
  repeatsBrokenStreams: true,
  honoursEndTurn,
  isStrict: false,
});

export const CODEX_NOW: ClientProfile = codex('0.169.0', true);
/** Takes `end_turn: false` for the end of the task. */
export const CODEX_OLD: ClientProfile = codex('0.125.0', false);
/** An SDK: runs tools and asks again with their outputs, and gives up on a broken stream. */
export const OTHER_CLIENT: ClientProfile = {
  name: 'another client',
  headers: { 'user-agent': 'OpenAI/JS 7.57.0' },
  repeatsBrokenStreams: false,
  honoursEndTurn: false,
  isStrict: true,
};

/** The same client in another session and turn: what the gateway learnt of the first does not count for it. */
export const inSession = (client: ClientProfile, name: string): ClientProfile => ({
  ...client,
  headers: {
    ...client.headers,
    'thread-id': `thread-${name}`,
    'session-id': `thread-${name}`,
    'x-codex-turn-metadata': `{"turn_id":"turn-${name}"}`,
  },
});

/** What reached the client of one answer, however it ended. */
export interface ClientAnswer {
  readonly status: number;
  readonly text: string;
}

export type Ask = (body: string, headers: Readonly<Record<string, string>>) => Promise<ClientAnswer>;

/** How a turn went, as the user saw it. */
export interface TurnOutcome {
  /** Every finished item, in the order of arrival, without what differs from one run to the next (ids, sealed state). */
  readonly items: readonly string[];
  /** Calls that were run. */
  readonly ran: readonly string[];
  readonly requests: number;
  /** How often the user saw `Reconnecting`. */
  readonly reconnects: number;
  /** What ended the turn in an error. */
  readonly error: string | undefined;
  /** What a strict reader of the API would object to. */
  readonly objections: readonly string[];
}

const TOOLS = [
  { type: 'function', name: 'exec_command', parameters: { type: 'object', properties: { cmd: { type: 'string' } } } },
  { type: 'custom', name: 'apply_patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
];
const MOST_REQUESTS = 12;
const MOST_RECONNECTS = 5;

/** A request as Codex writes it: scalars first, its own metadata last. */
export function codexBody(input: readonly unknown[], more: Json = {}): string {
  return JSON.stringify({
    model: 'gpt-5.5',
    stream: true,
    input,
    tools: TOOLS,
    tool_choice: 'auto',
    parallel_tool_calls: true,
    reasoning: { effort: 'medium' },
    store: false,
    include: ['reasoning.encrypted_content'],
    prompt_cache_key: '0199a1b2-0000-7000-8000-00000000000a',
    ...more,
    client_metadata: { 'x-codex-installation-id': 'installation-of-someone' },
  });
}

export const PROMPT = {
  type: 'message',
  role: 'user',
  content: [{ type: 'input_text', text: 'Do the task.' }],
  id: 'msg_prompt',
};

export interface TurnStart {
  /** What stands before the prompt. Default: nothing. */
  readonly history?: readonly Json[];
  /** Default: a shell and a patch tool. */
  readonly tools?: readonly Json[];
}

/** One prompt, until the client has its final answer or gives up. */
export async function runTurn(client: ClientProfile, ask: Ask, start: TurnStart = {}): Promise<TurnOutcome> {
  const history: Json[] = [...(start.history ?? []), PROMPT];
  const items: string[] = [];
  const ran: string[] = [];
  const objections: string[] = [];
  let reconnects = 0;
  let error: string | undefined;
  let requests = 0;
  for (let isOver = false; !isOver && error === undefined; ) {
    if (requests >= MOST_REQUESTS) {
      error = 'the client was made to ask again and again';
      break;
    }
    requests += 1;
    const answer = await ask(codexBody(history, { tools: start.tools ?? TOOLS }), client.headers);
    if (answer.status !== 200) {
      error = `HTTP ${answer.status}: ${answer.text}`;
      break;
    }
    const stream = readStream(answer.text);
    objections.push(...stream.objections);
    if (client.isStrict && stream.end === 'completed' && stream.openItems > 0)
      objections.push(`${stream.openItems} items were begun and never ended`);
    if (!client.isStrict && stream.done.some(isAbandoned))
      objections.push('Codex would take half an item for a whole one');
    const outputs: Json[] = [];
    const done = stream.done.filter((item) => !isAbandoned(item));
    for (const item of done) {
      items.push(describeItem(item));
      if (!isCall(item)) continue;
      ran.push(describeItem(item));
      outputs.push({
        type: `${item['type']}_output`,
        call_id: item['call_id'],
        output: `done ${ran.length}`,
        id: `out_${ran.length}`,
      });
    }
    history.push(...done, ...outputs);
    if (stream.end === 'completed') isOver = outputs.length === 0 && !(stream.asksAgain && client.honoursEndTurn);
    else if (stream.end === 'cut' && client.repeatsBrokenStreams && reconnects < MOST_RECONNECTS) reconnects += 1;
    else error = stream.error ?? 'stream closed before response.completed';
  }
  return { items, ran, requests, reconnects, error, objections };
}

export interface ReadStream {
  readonly done: readonly Json[];
  readonly end: 'completed' | 'cut' | 'failed';
  readonly asksAgain: boolean;
  readonly error?: string;
  /** Items that were begun and did not end. */
  readonly openItems: number;
  readonly objections: readonly string[];
}

/** Reads a stream like Codex, and looks at it like a strict client. Equal texts are read once. */
export function readStream(text: string): ReadStream {
  const known = readStreams.get(text);
  if (known !== undefined) return known;
  const read = readEvents(eventsOf(text));
  if (readStreams.size >= MOST_REMEMBERED) readStreams.clear();
  readStreams.set(text, read);
  return read;
}

const readStreams = new Map<string, ReadStream>();
const MOST_REMEMBERED = 2000;

/** The events of a stream; one that its blank line does not end never counts. */
export function eventsOf(text: string): readonly Json[] {
  const events: Json[] = [];
  const frames = text.split('\n\n');
  frames.pop();
  for (const frame of frames) {
    const at = frame.startsWith('data: ') ? 0 : frame.indexOf('\ndata: ') + 1;
    const event: unknown = JSON.parse(frame.slice(at + 6));
    events.push(event as Json);
  }
  return events;
}

function readEvents(events: readonly Json[]): ReadStream {
  const done: Json[] = [];
  const { objections, openItems } = objectTo(events);
  const read = (end: ReadStream['end'], rest: Partial<ReadStream> = {}): ReadStream => ({
    done,
    end,
    asksAgain: false,
    openItems,
    objections,
    ...rest,
  });
  for (const event of events) {
    const response = (event['response'] ?? {}) as Json;
    switch (event['type']) {
      case 'response.output_item.done':
        done.push(event['item'] as Json);
        break;
      case 'response.completed':
        if (typeof response['id'] !== 'string') return read('cut');
        return read('completed', { asksAgain: response['end_turn'] === false });
      case 'response.failed':
      case 'response.incomplete':
        return read('failed', { error: JSON.stringify(response['error'] ?? response['incomplete_details']) });
      default:
    }
  }
  return read('cut');
}

/** What no healthy upstream would ever send, and what it would not leave behind. */
function objectTo(events: readonly Json[]): { readonly objections: readonly string[]; readonly openItems: number } {
  const objections: string[] = [];
  const object = (condition: boolean, text: string): void => void (condition || objections.push(text));
  const ids = new Set<unknown>();
  const open = new Map<unknown, unknown>();
  const finished: string[] = [];
  let added = 0;
  let current: unknown;
  let responseId: unknown;
  let isOver = false;
  for (const [index, event] of events.entries()) {
    const type = String(event['type']);
    const item = (event['item'] ?? {}) as Json;
    const response = event['response'] as Json | undefined;
    object(!isOver, `${type} after the end`);
    objections.push(...findEventProblems(event));
    object(event['sequence_number'] === index, `event ${index} has the number ${event['sequence_number']}`);
    object((type === 'response.created') === (index === 0), `event ${index} is ${type}`);
    if (response !== undefined) {
      responseId ??= response['id'];
      object(response['id'] === responseId, `${type} belongs to another response`);
    }
    if (type === 'response.output_item.added') {
      object(event['output_index'] === added++, `item ${added} has the index ${event['output_index']}`);
      object(!ids.has(item['id']), 'two items with one id');
      ids.add(item['id']);
      current = item['id'];
      open.set(event['output_index'], item['id']);
    } else if (type === 'response.output_item.done') {
      object(open.get(event['output_index']) === item['id'], 'done without added');
      open.delete(event['output_index']);
      object(String(item['call_id'] ?? '').length <= 64, 'a call with an id that OpenAI would not take back');
      if (!isAbandoned(item)) finished.push(JSON.stringify(item));
    } else if (type.endsWith('.delta')) {
      object(event['item_id'] === current && open.get(event['output_index']) === current, `${type} without its item`);
    } else if (type === 'response.completed') {
      const output = Array.isArray(response?.['output']) ? response['output'] : [];
      object(JSON.stringify(output) === `[${finished.join(',')}]`, 'the final output is not what was done');
      isOver = true;
    } else if (type === 'response.failed') isOver = true;
  }
  return { objections, openItems: open.size };
}

/** Ended because its upstream died. */
const isAbandoned = (item: Json): boolean => item['status'] === 'incomplete';

const isCall = (item: Json): boolean => item['type'] === 'function_call' || item['type'] === 'custom_tool_call';

/** What a person would call the item: no ids, nothing sealed. */
export function describeItem(item: Json): string {
  const texts = (parts: unknown): string =>
    Array.isArray(parts) ? parts.map((part: Json) => String(part['text'])).join('') : '';
  switch (item['type']) {
    case 'reasoning':
      return `reasoning: ${texts(item['summary']) || texts(item['content'])}`;
    case 'message':
      return `${item['phase'] ?? 'message'}: ${texts(item['content'])}`;
    default:
      return `${item['type']}: ${nameOf(item)} ${item['arguments'] ?? item['input']}`;
  }
}

const nameOf = ({ namespace, name }: Json): string => (namespace === undefined ? `${name}` : `${namespace}.${name}`);

/** The items without reasoning that was thought before: who takes over may think again, and nobody sees a difference. */
export function withoutRepeatedReasoning(items: readonly string[]): readonly string[] {
  return items.filter((item, index) => !item.startsWith('reasoning: ') || items.indexOf(item) === index);
}
