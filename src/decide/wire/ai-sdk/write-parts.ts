/** The parts of one answer as output items: text, thoughts and calls, and what of them has to come back unmodified. */
import { textOfJson } from '../../../core/text-of-json.ts';
import type { StateOwner } from '../../continuity/envelope.ts';
import { sealBlocks } from '../messages/encode-thinking.ts';
import { argumentsObject } from '../messages/encode-turns.ts';
import { createTextWriter } from '../messages/write-text.ts';
import { asObject, asString, isObject, type JsonObject, parseJson } from '../read-json.ts';
import type { EndingAnswer } from '../responses/end-answer.ts';
import type { ResponseWriter } from '../responses/response-writer.ts';
import type { CallWriter, WrittenCall } from '../responses/write-calls.ts';
import type { ToolBridge } from '../tools/bridge-tools.ts';
import { signedCallBlock, thoughtBlock } from './kept-metadata.ts';

export interface AnswerParts {
  /** A part of type `text-*`, `reasoning-*`, `tool-input-*` or `tool-call`; others are skipped. */
  readonly push: (part: JsonObject) => void;
  readonly items: EndingAnswer['items'];
  readonly calls: EndingAnswer['calls'];
}

export interface PartOptions {
  readonly writer: ResponseWriter;
  readonly callWriter: CallWriter;
  readonly bridge: ToolBridge;
  /** Under whose name thinking is kept. */
  readonly owner: StateOwner;
  /** See `EncodedCall.endsWithGoOn`. */
  readonly isAfterGoOn: boolean;
  readonly collectText: boolean;
}

/** No real answer has nearly as many items. */
const MAX_ITEMS = 2048;

interface Thought {
  readonly item: number;
  /** The id that its provider gave it. */
  readonly id: string;
  readonly isAfterGoOn: boolean;
  text: string;
  meta: JsonObject | undefined;
}

interface ComingCall {
  readonly written: WrittenCall;
  hasPieces: boolean;
}

export function createAnswerParts(options: PartOptions): AnswerParts {
  const { writer, callWriter, bridge, owner } = options;
  const text = createTextWriter(writer, options.collectText);
  const calls: WrittenCall[] = [];
  /** Calls whose arguments still come, by the provider's id. */
  const coming = new Map<string, ComingCall>();
  let thought: Thought | undefined;
  let begunItems = 0;
  let isWhole = true;

  const seal = (blocks: readonly JsonObject[], isAfterGoOn: boolean): { readonly encryptedContent: string } => ({
    encryptedContent: sealBlocks(owner, blocks, isAfterGoOn),
  });
  const isFirst = (): boolean => writer.openItems().length === 0 && writer.output().length === 0;
  const openReasoning = (): number => {
    begunItems += 1;
    return writer.openReasoning();
  };
  /** `signature`: of the call that comes next. */
  const closeThought = (signature?: JsonObject): void => {
    const more = signature === undefined ? [] : [signature];
    if (thought !== undefined) {
      writer.closeItem(thought.item, seal([thoughtBlock(thought.text, thought.meta), ...more], thought.isAfterGoOn));
    } else if (more.length > 0) {
      const isAfterGoOn = options.isAfterGoOn && isFirst();
      writer.closeItem(openReasoning(), seal(more, isAfterGoOn));
    }
    thought = undefined;
  };
  const think = (part: JsonObject): void => {
    const id = textOfJson(part['id']);
    const piece = asString(part['delta']) ?? '';
    const meta = metadataOf(part);
    if (piece !== '' || meta !== undefined) {
      if (thought?.id !== id) {
        closeThought();
        text.closeText({ phase: 'commentary' });
        const isAfterGoOn = options.isAfterGoOn && isFirst();
        thought = { item: openReasoning(), id, isAfterGoOn, text: '', meta: undefined };
      }
      if (thought === undefined) return;
      thought.text += piece;
      thought.meta = joined(thought.meta, meta);
      if (piece !== '') writer.summaryDelta(thought.item, piece);
    }
  };
  const say = (part: JsonObject): void => {
    const piece = asString(part['delta']) ?? '';
    if (piece === '') return;
    closeThought();
    text.write(piece);
  };
  const openCall = (name: string, id: string | undefined, signature?: JsonObject): WrittenCall | undefined => {
    text.closeText({ phase: 'commentary' });
    // Pieces of two calls of one id cannot be told apart.
    if (name === '' || begunItems > MAX_ITEMS || (id !== undefined && coming.has(id))) {
      isWhole = false;
      return undefined;
    }
    closeThought(signature);
    begunItems += 1;
    const written = callWriter.open(name, id);
    calls.push(written);
    return written;
  };
  const finishCall = (name: string, part: JsonObject): void => {
    const id = asString(part['toolCallId']) || undefined;
    const input = asString(part['input']) ?? JSON.stringify(part['input'] ?? {});
    const come = id === undefined ? undefined : coming.get(id);
    if (id !== undefined) coming.delete(id);
    if (come !== undefined) {
      if (!come.hasPieces && input !== '{}') come.written.push(input);
      return;
    }
    const meta = metadataOf(part);
    openCall(name, id, meta === undefined ? undefined : signatureOf(name, input, meta, bridge))?.push(input);
  };
  const push = (part: JsonObject): void => {
    const id = asString(part['id']) ?? '';
    const name = (asString(part['toolName']) ?? '').trim();
    switch (part['type']) {
      case 'text-start':
      case 'text-delta':
      case 'text-end':
        say(part);
        break;
      case 'reasoning-start':
      case 'reasoning-delta':
      case 'reasoning-end':
        think(part);
        break;
      case 'tool-input-start': {
        // One that is signed comes whole: its signature has to stand before it, and names its arguments. Without an id
        // its pieces could not be told from those of another one.
        if (id === '' || metadataOf(part) !== undefined) break;
        const written = openCall(name, id);
        if (written !== undefined) coming.set(id, { written, hasPieces: false });
        break;
      }
      case 'tool-input-delta': {
        const call = coming.get(id);
        const piece = asString(part['delta']) ?? '';
        if (call === undefined || piece === '') break;
        call.hasPieces = true;
        call.written.push(piece);
        break;
      }
      case 'tool-call':
        if (part['providerExecuted'] !== true) finishCall(name, part);
        break;
    }
  };
  return {
    push,
    items: { ...text, closeReasoning: () => closeThought() },
    calls: {
      hasCalls: () => calls.length > 0 || !isWhole,
      areComplete: () => isWhole && begunItems <= MAX_ITEMS,
      close: (item) => calls.find((call) => call.item === item)?.close(),
    },
  };
}

const metadataOf = (part: JsonObject): JsonObject | undefined => {
  const meta = asObject(part['providerMetadata']);
  return meta === undefined || Object.keys(meta).length === 0 ? undefined : meta;
};

/** Deltas repeat what was said of the part before, or add to it. */
function joined(before: JsonObject | undefined, more: JsonObject | undefined): JsonObject | undefined {
  if (before === undefined || more === undefined) return more ?? before;
  return Object.fromEntries(
    [...new Set([...Object.keys(before), ...Object.keys(more)])].map((key) => [
      key,
      { ...asObject(before[key]), ...asObject(more[key]) },
    ]),
  );
}

/** The signature of a call, under the name and arguments with which the history will have it. */
function signatureOf(name: string, argumentsText: string, meta: JsonObject, bridge: ToolBridge): JsonObject {
  const restored = bridge.restoreCall(name, argumentsText);
  if (restored.kind === 'tool_search') {
    const input = argumentsText === '' ? {} : (parseJson(argumentsText) ?? { query: argumentsText });
    return signedCallBlock('tool_search', isObject(input) ? input : {}, meta);
  }
  const flatName = bridge.flatName(restored.name, restored.namespace);
  const input = restored.kind === 'custom' ? { input: restored.text } : argumentsObject(restored.text);
  return signedCallBlock(flatName, input, meta);
}
