/**
 * Compaction for targets that have none, and for routes whose targets cannot read each other's: an ordinary request
 * for a summary, whose answer becomes the one item that the client replays (wire-facts §1.10, §2.6). Every target can
 * be told what is in it.
 */
import type { StreamDecoder } from '../wire/lane-codec.ts';
import { asObject, asObjects, asString, isObject, type JsonObject, parseJson } from '../wire/read-json.ts';
import {
  isUpstreamFailure,
  type ResponsesEvent,
  type UpstreamFailure,
  type WireOut,
} from '../wire/responses/events.ts';
import { sealPortable } from './envelope.ts';

/** How a client asks: with an item at the end of an ordinary request, or at `/responses/compact`. */
export type CompactionKind = 'trigger' | 'endpoint';

/** Its second sentence names the task by the words under which the models that Codex uses know it. */
const PROMPT = `The conversation above is about to be replaced by what you write now. This is a CONTEXT CHECKPOINT COMPACTION: write a hand-over for the assistant that goes on with the work and will see nothing of the conversation but your text.

Say what the user wants, with every constraint and preference that was stated; what has been done, with the files, commands and results that matter; what was decided, and why; what is not finished; and what comes next. Keep names, paths, numbers and error messages exactly as they are. Leave out what no longer matters.

Answer with the hand-over only. Do not call any tools.`;

const LEAD_IN = 'The conversation before this point was compacted. This is the hand-over from it:';

/** Longer summaries are not summaries. Characters. */
const MAX_SUMMARY_LENGTH = 1_000_000;

/** Item types that offer tools, or ask for what is done here. */
const LEFT_OUT: ReadonlySet<unknown> = new Set(['compaction_trigger', 'additional_tools']);

/** Whether the request ends with the item by which Codex asks for compaction. */
export function endsWithTrigger(body: JsonObject): boolean {
  const input = body['input'];
  return Array.isArray(input) && asObject(input.at(-1))?.['type'] === 'compaction_trigger';
}

/** The request for a summary, in place of the one for compaction. */
export function summaryRequest(body: JsonObject): JsonObject {
  const { tools: _tools, text: _text, max_output_tokens: _limit, ...rest } = body;
  const input = inputItems(body)
    .filter((item) => !LEFT_OUT.has(item['type']))
    // What a search found would be offered again.
    .map((item) => (item['type'] === 'tool_search_output' ? { ...item, tools: [] } : item));
  return {
    ...rest,
    input: [...input, { type: 'message', role: 'user', content: [{ type: 'input_text', text: PROMPT }] }],
    tools: [],
    tool_choice: 'auto',
    parallel_tool_calls: false,
  };
}

function inputItems(body: JsonObject): readonly JsonObject[] {
  const input = body['input'];
  if (typeof input !== 'string') return asObjects(input);
  return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }];
}

/** What the answer to a summary request becomes. */
export interface SummaryOptions {
  readonly kind: CompactionKind;
  /** The client's request. */
  readonly request: JsonObject;
  /** Unique for the attempt: ids are made of it. */
  readonly seed: string;
}

function compactionItem(text: string, { seed }: SummaryOptions): JsonObject {
  const encrypted_content = sealPortable({ kind: 'compaction', summary: `${LEAD_IN}\n\n${text}` });
  return { id: `cmp_${seed}`, type: 'compaction', encrypted_content };
}

/** `inner`: the upstream's own decoder; absent where it answers in Responses events. */
export function createSummaryDecoder(inner: StreamDecoder | undefined, options: SummaryOptions): StreamDecoder {
  const texts: string[] = [];
  let length = 0;
  let sequence = 0;
  let hasBegun = false;
  const emit = (type: string, fields: JsonObject): WireOut => ({ type, sequence_number: sequence++, ...fields });
  /** Said early: to the walk it means that the upstream is at work. */
  const begin = (): readonly WireOut[] => {
    if (hasBegun) return [];
    hasBegun = true;
    const item = { id: `cmp_${options.seed}`, type: 'compaction', encrypted_content: '' };
    return [emit('response.output_item.added', { output_index: 0, item })];
  };
  const complete = (response: JsonObject): readonly WireOut[] => {
    const text = texts.join('\n\n');
    if (text === '') return [failure('EMPTY_ANSWER')];
    const item = compactionItem(text, options);
    return [
      ...begin(),
      emit('response.output_item.done', { output_index: 0, item }),
      emit('response.completed', { response: withOutput(response, [item]) }),
    ];
  };
  const take = (event: WireOut): readonly WireOut[] => {
    if (isUpstreamFailure(event)) return [event];
    const response = asObject(event['response']) ?? {};
    switch (event.type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        return [emit(event.type, { response: withOutput(response, []) })];
      case 'response.completed':
      case 'response.done':
        return complete(response);
      case 'response.incomplete':
        return [failure('INCOMPLETE_ANSWER')];
      case 'response.failed':
      case 'error': {
        const { type, sequence_number: _number, ...fields } = event;
        return [emit(type, fields)];
      }
      case 'response.output_item.done': {
        const text = messageText(event['item']);
        length += text.length;
        if (length > MAX_SUMMARY_LENGTH) return [failure('EVENT_TOO_LARGE')];
        if (text !== '') texts.push(text);
        return begin();
      }
      default:
        return begin();
    }
  };
  const decode = (data: string): readonly WireOut[] => {
    if (inner !== undefined) return inner.push(data);
    if (data.trim() === '[DONE]') return [];
    const event = parseJson(data);
    return [isObject(event) ? (event as unknown as ResponsesEvent) : failure('STREAM_CORRUPT')];
  };
  return {
    push: (data) => decode(data).flatMap(take),
    end: () => (inner?.end() ?? []).flatMap(take),
  };
}

const failure = (code: UpstreamFailure['code']): UpstreamFailure => ({ kind: 'upstream-failure', code });

/** `end_turn` belongs to an answer that goes on, which a summary does not. */
function withOutput({ end_turn: _endTurn, ...response }: JsonObject, output: readonly JsonObject[]): JsonObject {
  return { ...response, output };
}

/** A whole JSON answer with a summary, as the client asked for it. What is no response object stays as it is. */
export function summariseBody(response: JsonObject, options: SummaryOptions): JsonObject | UpstreamFailure {
  if (!Array.isArray(response['output']) || response['status'] !== 'completed') return response;
  const texts = response['output'].map(messageText).filter((text) => text !== '');
  if (texts.length === 0) return failure('EMPTY_ANSWER');
  const item = compactionItem(texts.join('\n\n'), options);
  if (options.kind === 'trigger') return withOutput(response, [item]);
  return {
    id: response['id'],
    object: 'response.compaction',
    created_at: response['created_at'],
    output: [...keptMessages(options), item],
    usage: response['usage'],
  };
}

/** What the user said stays as it was said. */
function keptMessages({ request, seed }: SummaryOptions): readonly JsonObject[] {
  return inputItems(request)
    .filter((item) => item['role'] === 'user' && (item['type'] ?? 'message') === 'message')
    .map((item, at) => ({
      ...item,
      id: asString(item['id']) ?? `msg_${seed}_${at}`,
      type: 'message',
      status: 'completed',
      content: typeof item['content'] === 'string' ? [{ type: 'input_text', text: item['content'] }] : item['content'],
    }));
}

function messageText(item: unknown): string {
  const message = asObject(item);
  if (message?.['type'] !== 'message') return '';
  return asObjects(message['content'])
    .map((part) => asString(part['text']) ?? '')
    .join('');
}
