/**
 * A Chat Completions stream as Responses events (wire-facts §3.2). Takes the `data` of each event as text. Calls are
 * finished only when the upstream has said that the answer is complete, so a cut stream never leaves one half done.
 */
import type { DecodeOptions } from '../decode-options.ts';
import { asObject, asObjects, asString, isObject, type JsonObject, parseJson } from '../read-json.ts';
import { readUpstreamError } from '../read-upstream-error.ts';
import { endAnswer, type Failing, MAX_ANSWER_CHARS, shortCode, upstreamFailure } from '../responses/end-answer.ts';
import type { WireOut } from '../responses/events.ts';
import { finishMeaning } from '../responses/finish-reasons.ts';
import type { WireUsage } from '../responses/response-object.ts';
import { createCallWriter } from '../responses/write-calls.ts';
import { GatheredText } from '../text-template.ts';
import type { Transducer } from '../transducer.ts';
import type { ChatDialect } from './chat-dialect.ts';
import { createDeltaTemplate, type TextField } from './delta-template.ts';
import { readChatUsage } from './read-chat-usage.ts';
import { type CallTracker, createCallTracker } from './track-calls.ts';
import { type AnswerItems, createAnswerItems } from './write-answer.ts';

export interface ChatDecodeOptions extends DecodeOptions {
  readonly dialect: ChatDialect;
}

const NOTHING: readonly WireOut[] = [];

export function createChatStreamDecoder(options: ChatDecodeOptions): Transducer<string, WireOut> {
  const answer = createChatAnswer(options);
  const template = createDeltaTemplate();
  const words = new GatheredText((text) => answer.pushText(template.place() ?? 'content', text));
  let length = 0;
  const pushOther = (data: string): readonly WireOut[] => {
    if (data.length < 16 && data.trim() === '[DONE]') return answer.end();
    const chunk = parseJson(data);
    if (!isObject(chunk)) return answer.fail({ code: 'STREAM_CORRUPT' });
    template.learn(data, chunk);
    return answer.push(chunk);
  };
  const flush = (): readonly WireOut[] => words.before(() => NOTHING);
  return {
    push: (data) => {
      if (answer.isOver()) return NOTHING;
      const text = template.match(data);
      length += (text ?? data).length;
      if (length > MAX_ANSWER_CHARS) return words.before(() => answer.fail({ code: 'EVENT_TOO_LARGE' }));
      if (text === undefined) return words.before(() => pushOther(data));
      words.add(text);
      // Where every event says all words so far, two of them are not one.
      return options.dialect.repeatsText ? flush() : NOTHING;
    },
    flush,
    end: () => (answer.isOver() ? NOTHING : words.before(() => answer.end())),
  };
}

/** The same for parsed chunks; a whole body counts as one chunk. */
export interface ChatAnswer {
  readonly push: (chunk: JsonObject) => readonly WireOut[];
  /** A chunk that is known to hold this text and nothing else. */
  readonly pushText: (field: TextField, text: string) => readonly WireOut[];
  /** The input is over. Complete if the upstream had said so. */
  readonly end: () => readonly WireOut[];
  readonly fail: (failing: Failing) => readonly WireOut[];
  readonly isOver: () => boolean;
}

export function createChatAnswer(options: ChatDecodeOptions): ChatAnswer {
  const { writer } = options;
  const calls = createCallTracker(createCallWriter(writer, options.bridge, options.ids, options.usedCallIds));
  const items = createAnswerItems({ ...options, collectText: options.schemaToCheck !== undefined });
  let isOver = false;
  let finish: { readonly reason: string; readonly chunk: JsonObject } | undefined;
  let usage: WireUsage | undefined;
  let hasDeltas = false;

  const fail = (failing: Failing): readonly WireOut[] => {
    isOver = true;
    return [...writer.drain(), upstreamFailure(failing)];
  };
  const end = (): readonly WireOut[] => {
    if (finish === undefined) return fail({ code: 'STREAM_CUT' });
    items.flush();
    const failing = endAnswer({ ...options, items, calls, usage }, finishMeaning(finish.reason));
    if (failing !== undefined) return fail({ upstreamCode: shortCode(finish.reason), body: finish.chunk, ...failing });
    isOver = true;
    return writer.drain();
  };
  const push = (chunk: JsonObject): readonly WireOut[] => {
    if (isOver) return NOTHING;
    const choices = asObjects(chunk['choices']);
    const error = readUpstreamError(chunk, choices[0]);
    if (error !== undefined) {
      // What goes wrong after the answer was complete does not make it less complete.
      return finish === undefined ? fail({ code: 'ERROR_IN_STREAM', upstreamCode: error.code, body: chunk }) : end();
    }
    writer.start();
    const choice = choices.find((candidate) => (candidate['index'] ?? 0) === 0);
    usage = readChatUsage(chunk, choice) ?? usage;
    if (choice === undefined) return finish !== undefined && usage !== undefined ? end() : writer.drain();
    const delta = asObject(choice['delta']);
    hasDeltas ||= delta !== undefined;
    // A stream may end with its whole message (MiniMax): everything in it has come already.
    const said = delta ?? (hasDeltas ? undefined : asObject(choice['message']));
    if (said !== undefined) takeDelta(said, choice, items, calls);
    const reason = asString(choice['finish_reason']) ?? '';
    if (reason !== '') finish = { reason, chunk };
    return writer.drain();
  };
  const pushText = (field: TextField, text: string): readonly WireOut[] => {
    if (field === 'content') items.takeContent(text, undefined);
    else items.takeThought(text);
    return writer.drain();
  };
  return { push, pushText, end, fail, isOver: () => isOver };
}

function takeDelta(delta: JsonObject, choice: JsonObject, items: AnswerItems, calls: CallTracker): void {
  items.takeReasoning(delta);
  const content = delta['content'];
  if (content !== undefined && content !== null) {
    const tokens = asObject(choice['logprobs'])?.['content'];
    items.takeContent(content, tokens === undefined ? undefined : asObjects(tokens));
  }
  const refusal = asString(delta['refusal']) ?? '';
  if (refusal !== '') items.takeRefusal(refusal);
  if (delta['annotations'] !== undefined) {
    for (const annotation of asObjects(delta['annotations'])) items.annotate(flattenCitation(annotation));
  }
  const entries = asObjects(delta['tool_calls']);
  const legacy = asObject(delta['function_call']);
  if (entries.length === 0 && legacy === undefined) return;
  items.beginCalls();
  for (const entry of entries) calls.add(entry);
  if (legacy !== undefined) calls.add({ index: 0, function: legacy });
}

/** Chat Completions wrap what Responses write flat. */
function flattenCitation(annotation: JsonObject): JsonObject {
  const citation = asObject(annotation['url_citation']);
  if (citation === undefined) return annotation;
  const { content: _content, ...rest } = citation;
  return { type: 'url_citation', ...rest };
}
