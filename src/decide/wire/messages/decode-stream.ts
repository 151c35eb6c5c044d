/**
 * A Messages stream as Responses events (wire-facts §3.5). Takes the `data` of each event as text. Calls are finished
 * only at `message_stop`, so a cut stream never leaves one half done.
 */
import type { DecodeOptions } from '../decode-options.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, parseJson } from '../read-json.ts';
import { readUpstreamError } from '../read-upstream-error.ts';
import { endAnswer, type Failing, MAX_ANSWER_CHARS, shortCode, upstreamFailure } from '../responses/end-answer.ts';
import type { WireOut } from '../responses/events.ts';
import { finishMeaning } from '../responses/finish-reasons.ts';
import { createCallWriter } from '../responses/write-calls.ts';
import { createTextTemplate, GatheredText, type TextShape } from '../text-template.ts';
import type { Transducer } from '../transducer.ts';
import { createUsageCounter } from './read-usage.ts';
import { createAnswerBlocks, isWordsType, WORDS, type WordsType } from './write-blocks.ts';

export interface MessagesDecodeOptions extends DecodeOptions {
  /** See `EncodedMessagesRequest.endsWithGoOn`. */
  readonly isAfterGoOn: boolean;
}

const NOTHING: readonly WireOut[] = [];

export function createMessagesStreamDecoder(options: MessagesDecodeOptions): Transducer<string, WireOut> {
  const answer = createMessagesAnswer(options);
  const template = createTextTemplate(DELTAS);
  const words = new GatheredText((text) => {
    const place = template.place();
    return place === undefined ? NOTHING : answer.pushText(place, text);
  });
  let length = 0;
  const pushOther = (json: string): readonly WireOut[] => {
    const event = parseJson(json);
    if (!isObject(event)) return answer.fail({ code: 'STREAM_CORRUPT' });
    if (event['type'] === 'content_block_delta') template.learn(json, event);
    return answer.push(event);
  };
  return {
    push: (data) => {
      if (answer.isOver()) return NOTHING;
      const json = withoutPadding(data);
      const text = template.match(json);
      length += (text ?? json).length;
      if (length > MAX_ANSWER_CHARS) return words.before(() => answer.fail({ code: 'EVENT_TOO_LARGE' }));
      if (text === undefined) return words.before(() => pushOther(json));
      words.add(text);
      return NOTHING;
    },
    flush: () => words.before(() => NOTHING),
    end: () => (answer.isOver() ? NOTHING : words.before(() => answer.fail({ code: 'STREAM_CUT' }))),
  };
}

/** Anthropic fills its events up with spaces before the last brace. */
function withoutPadding(data: string): string {
  if (data.charCodeAt(data.length - 2) !== SPACE || !data.endsWith('}')) return data;
  return `${data.slice(0, -1).trimEnd()}}`;
}

const SPACE = 32;

/** The words of a delta that says nothing else. */
interface DeltaPlace {
  readonly index: number;
  readonly type: WordsType;
}

const DELTAS: TextShape<DeltaPlace> = {
  find: (event) => {
    const delta = asObject(event['delta']);
    const type = asString(delta?.['type']) ?? '';
    if (delta === undefined || !isWordsType(type)) return undefined;
    const key = WORDS[type];
    const text = asString(delta[key]);
    const isQuiet = Object.keys(event).length === 3 && Object.keys(delta).length === 2 && 'index' in event;
    return isQuiet && text !== undefined ? { place: { index: indexOf(event), type }, key, text } : undefined;
  },
  read: (event, { type }) => asObject(event['delta'])?.[WORDS[type]],
};

/** The same for parsed events. */
export interface MessagesAnswer {
  readonly push: (event: JsonObject) => readonly WireOut[];
  /** A delta that is known to hold this text and nothing else. */
  readonly pushText: (place: DeltaPlace, text: string) => readonly WireOut[];
  readonly fail: (failing: Failing) => readonly WireOut[];
  readonly isOver: () => boolean;
}

export function createMessagesAnswer(options: MessagesDecodeOptions): MessagesAnswer {
  const { writer, bridge, ids, usedCallIds } = options;
  const usage = createUsageCounter();
  const blocks = createAnswerBlocks({
    ...options,
    callWriter: createCallWriter(writer, bridge, ids, usedCallIds),
    collectText: options.schemaToCheck !== undefined,
  });
  let isOver = false;
  /** The event that said why the answer ends. */
  let ending: JsonObject = {};

  const fail = (failing: Failing): readonly WireOut[] => {
    isOver = true;
    return [...writer.drain(), upstreamFailure(failing)];
  };
  const finish = (): readonly WireOut[] => {
    const delta = asObject(ending['delta']);
    const reason = asString(delta?.['stop_reason']) ?? '';
    const meaning = finishMeaning(reason);
    if (meaning !== 'length') blocks.stopAll();
    const { items, calls } = blocks;
    const failing = endAnswer({ ...options, items, calls, usage: usage.total() }, meaning);
    if (failing !== undefined) return fail({ upstreamCode: nameEnd(reason, delta), body: ending, ...failing });
    isOver = true;
    return writer.drain();
  };
  const push = (event: JsonObject): readonly WireOut[] => {
    if (isOver) return NOTHING;
    switch (event['type']) {
      case 'content_block_delta':
        blocks.delta(indexOf(event), asObject(event['delta']) ?? {});
        break;
      case 'content_block_start':
        blocks.open(indexOf(event), asObject(event['content_block']) ?? {});
        break;
      case 'content_block_stop':
        blocks.stop(indexOf(event));
        break;
      case 'message_start':
        writer.start();
        usage.take(asObject(event['message'])?.['usage']);
        break;
      case 'message_delta':
        usage.take(event['usage']);
        if (asString(asObject(event['delta'])?.['stop_reason']) !== undefined) ending = event;
        break;
      case 'message_stop':
        return finish();
      case 'ping':
        writer.keepAlive();
        break;
      default: {
        const error = readUpstreamError(event, undefined);
        if (error !== undefined) return fail({ code: 'ERROR_IN_STREAM', upstreamCode: error.code, body: event });
      }
    }
    return writer.drain();
  };
  const pushText = ({ index, type }: DeltaPlace, text: string): readonly WireOut[] => {
    blocks.words(index, type, text);
    return writer.drain();
  };
  return { push, pushText, fail, isOver: () => isOver };
}

function indexOf(event: JsonObject): number {
  return asNumber(event['index']) ?? 0;
}

/** `refusal:cyber`: a refusal says what it was about. */
function nameEnd(reason: string, delta: JsonObject | undefined): string | undefined {
  const category = asString(asObject(delta?.['stop_details'])?.['category']);
  return (category === undefined ? undefined : shortCode(`${reason}:${category}`)) ?? shortCode(reason);
}
