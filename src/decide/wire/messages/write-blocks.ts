/** The content blocks of one answer as output items (wire-facts §3.5). */
import type { StateOwner } from '../../continuity/envelope.ts';
import { asObject, asObjects, asString, isObject, type JsonObject, parseJson } from '../read-json.ts';
import type { EndingAnswer } from '../responses/end-answer.ts';
import type { ResponseWriter } from '../responses/response-writer.ts';
import type { CallWriter, WrittenCall } from '../responses/write-calls.ts';
import { sealBlocks } from './encode-thinking.ts';
import { createTextWriter, type TextWriter } from './write-text.ts';

export interface AnswerBlocks {
  readonly open: (index: number, block: JsonObject) => void;
  readonly delta: (index: number, delta: JsonObject) => void;
  /** The same for a delta that holds words and nothing else. */
  readonly words: (index: number, type: WordsType, words: string) => void;
  readonly stop: (index: number) => void;
  /** Stops what was never stopped. */
  readonly stopAll: () => void;
  readonly items: EndingAnswer['items'];
  readonly calls: EndingAnswer['calls'];
}

export interface BlockOptions {
  readonly writer: ResponseWriter;
  readonly callWriter: CallWriter;
  /** Under whose name thinking is kept. */
  readonly owner: StateOwner;
  /** See `EncodedMessagesRequest.endsWithGoOn`. */
  readonly isAfterGoOn: boolean;
  readonly collectText: boolean;
}

/** No real answer has nearly as many. */
const MAX_BLOCKS = 2048;

/** Deltas of content, and the field that holds it. */
export const WORDS = { text_delta: 'text', thinking_delta: 'thinking', input_json_delta: 'partial_json' } as const;
export type WordsType = keyof typeof WORDS;

interface Block {
  /** The one type of words that belong here. */
  readonly type?: WordsType;
  readonly words?: (words: string) => void;
  /** Other deltas. Those that nobody has documented yet may be skipped. */
  readonly delta?: (type: string, delta: JsonObject) => void;
  readonly stop: () => void;
}

/** What all blocks of an answer share. */
interface Shared extends BlockOptions {
  readonly text: TextWriter;
  readonly calls: WrittenCall[];
  /** Searches that have no result yet, by id. */
  readonly searches: Map<string, JsonObject>;
  /** Something came that cannot be part of a whole answer. */
  readonly breakAnswer: () => void;
}

export function createAnswerBlocks(options: BlockOptions): AnswerBlocks {
  const open = new Map<number, Block>();
  const calls: WrittenCall[] = [];
  let isWhole = true;
  let begunBlocks = 0;
  const breakAnswer = (): void => {
    isWhole = false;
  };
  const text = createTextWriter(options.writer, options.collectText);
  const shared: Shared = { ...options, text, calls, searches: new Map(), breakAnswer };

  const stop = (index: number): void => {
    open.get(index)?.stop();
    open.delete(index);
  };
  const begin = (index: number, block: JsonObject): Block => {
    stop(index);
    begunBlocks += 1;
    if (begunBlocks > MAX_BLOCKS) breakAnswer();
    const begun = begunBlocks > MAX_BLOCKS ? NO_BLOCK : createBlock(block, shared);
    open.set(index, begun);
    return begun;
  };
  const stopAll = (): void => {
    for (const index of [...open.keys()]) stop(index);
  };
  const words = (index: number, type: WordsType, piece: string): void => {
    // Some hosts forget to say that a block begins.
    const block = open.get(index) ?? begin(index, { type: type.replace(/_delta$/, '') });
    if (block.type === type) block.words?.(piece);
    else if (block !== NO_BLOCK) breakAnswer();
  };
  return {
    open: begin,
    delta: (index, delta) => {
      const type = asString(delta['type']) ?? '';
      if (isWordsType(type)) words(index, type, asString(delta[WORDS[type]]) ?? '');
      else open.get(index)?.delta?.(type, delta);
    },
    words,
    stop,
    stopAll,
    items: { ...text, closeReasoning: stopAll },
    calls: {
      hasCalls: () => calls.length > 0 || !isWhole,
      areComplete: () => isWhole,
      close: (item) => calls.find((call) => call.item === item)?.close(),
    },
  };
}

function createBlock(block: JsonObject, shared: Shared): Block {
  switch (block['type']) {
    case 'text':
      return createTextBlock(block, shared);
    case 'thinking':
      return createThinkingBlock(block, shared);
    case 'redacted_thinking':
      return { stop: () => keepBlocks([block], shared) };
    case 'tool_use':
      return createCallBlock(block, shared);
    case 'server_tool_use':
      return createSearchBlock(block, shared);
    case 'web_search_tool_result':
      return { stop: () => finishSearch(block, shared) };
    default:
      return { stop: () => {} };
  }
}

/** Takes anything, since the answer is broken already. */
const NO_BLOCK: Block = { stop: () => {} };

export function isWordsType(type: string): type is WordsType {
  return Object.hasOwn(WORDS, type);
}

function createTextBlock(block: JsonObject, { text }: Shared): Block {
  const citations = [...asObjects(block['citations'])];
  const from = text.length();
  text.write(asString(block['text']) ?? '');
  return {
    type: 'text_delta',
    words: text.write,
    delta: (type, delta) => {
      if (type === 'citations_delta') citations.push(...asObjects([delta['citation']]));
    },
    stop: () => {
      for (const citation of citations) text.cite(citation, from);
    },
  };
}

function createThinkingBlock(block: JsonObject, shared: Shared): Block {
  const { writer, text, owner } = shared;
  const isAfterGoOn = shared.isAfterGoOn && isFirst(shared);
  text.closeText({ phase: 'commentary' });
  let item: number | undefined;
  let thinking = '';
  let signature = '';
  const think = (piece: string): void => {
    if (piece === '') return;
    thinking += piece;
    item ??= writer.openReasoning();
    writer.summaryDelta(item, piece);
  };
  // Thinking that is not shown is only signed.
  const sign = (piece: string): void => {
    if (piece === '') return;
    signature += piece;
    item ??= writer.openReasoning();
  };
  think(asString(block['thinking']) ?? '');
  sign(asString(block['signature']) ?? '');
  return {
    type: 'thinking_delta',
    words: think,
    delta: (type, delta) => {
      if (type === 'signature_delta') sign(asString(delta['signature']) ?? '');
    },
    stop: () => {
      if (item === undefined) return;
      const whole = { ...block, type: 'thinking', thinking, signature };
      writer.closeItem(item, { encryptedContent: sealBlocks(owner, [whole], isAfterGoOn) });
    },
  };
}

/** Nothing of this answer was written yet. */
function isFirst({ writer }: Shared): boolean {
  return writer.openItems().length === 0 && writer.output().length === 0;
}

/** Blocks that have to go back and have nothing to show: they travel in a reasoning item of their own. */
function keepBlocks(blocks: readonly JsonObject[], shared: Shared): void {
  const { writer, text, owner } = shared;
  const isAfterGoOn = shared.isAfterGoOn && isFirst(shared);
  text.closeText({ phase: 'commentary' });
  writer.closeItem(writer.openReasoning(), { encryptedContent: sealBlocks(owner, blocks, isAfterGoOn) });
}

function createCallBlock(block: JsonObject, { text, callWriter, calls, breakAnswer }: Shared): Block {
  text.closeText({ phase: 'commentary' });
  const name = (asString(block['name']) ?? '').trim();
  if (name === '') {
    breakAnswer();
    return NO_BLOCK;
  }
  const call = callWriter.open(name, asString(block['id']) || undefined);
  calls.push(call);
  let hasPieces = false;
  return {
    type: 'input_json_delta',
    words: (piece) => {
      hasPieces ||= piece !== '';
      call.push(piece);
    },
    stop: () => {
      const input = asObject(block['input']);
      // A whole body, and hosts that do not stream arguments, have them here.
      if (!hasPieces && input !== undefined && Object.keys(input).length > 0) call.push(JSON.stringify(input));
    },
  };
}

/** A search that the vendor runs itself; kept until its result is there. Other hosted tools are never offered. */
function createSearchBlock(block: JsonObject, { searches }: Shared): Block {
  let json = '';
  return {
    type: 'input_json_delta',
    words: (piece) => {
      json += piece;
    },
    stop: () => {
      const parsed = json === '' ? block['input'] : parseJson(json);
      const input = isObject(parsed) ? parsed : {};
      if (block['name'] === 'web_search') searches.set(asString(block['id']) ?? '', { ...block, input });
    },
  };
}

function finishSearch(result: JsonObject, shared: Shared): void {
  const search = shared.searches.get(asString(result['tool_use_id']) ?? '');
  if (search === undefined) return;
  keepBlocks([search, result], shared);
  shared.writer.addItem(
    {
      type: 'web_search_call',
      status: Array.isArray(result['content']) ? 'completed' : 'failed',
      action: { type: 'search', query: asString(asObject(search['input'])?.['query']) ?? '' },
    },
    'ws',
  );
}
