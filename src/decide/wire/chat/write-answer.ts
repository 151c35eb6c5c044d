/** The reasoning and message items of one answer: what is open, when it closes, and what reasoning leaves behind. */
import { type StateOwner, sealState } from '../../continuity/envelope.ts';
import { asObjects, asString, type JsonObject } from '../read-json.ts';
import type { CloseDetails, ResponseWriter } from '../responses/response-writer.ts';
import type { ChatDialect } from './chat-dialect.ts';
import { createReasoningCollector } from './collect-reasoning.ts';
import { createThinkSplitter } from './split-think.ts';
import { createRepetitionFilter } from './undo-repetition.ts';

export interface AnswerItems {
  /** The reasoning fields of a delta. */
  readonly takeReasoning: (delta: JsonObject) => void;
  /** The text of one of them. */
  readonly takeThought: (text: string) => void;
  /** `content`: a string, or Mistral's list of parts. */
  readonly takeContent: (content: unknown, logprobs: readonly JsonObject[] | undefined) => void;
  readonly takeRefusal: (text: string) => void;
  readonly annotate: (annotation: JsonObject) => void;
  /** Calls begin: what came before them was no final answer. */
  readonly beginCalls: () => void;
  /** Nothing more comes: what was held back, in case it was a tag, is let out. */
  readonly flush: () => void;
  readonly closeReasoning: () => void;
  readonly closeText: (details: CloseDetails) => void;
  /** Output index of the message that is open. */
  readonly openText: () => number | undefined;
  readonly hasText: () => boolean;
  /** All text so far; only collected when asked for. */
  readonly wholeText: () => string;
}

export interface AnswerOptions {
  readonly writer: ResponseWriter;
  readonly dialect: ChatDialect;
  readonly owner: StateOwner;
  readonly collectText: boolean;
}

export function createAnswerItems({ writer, dialect, owner, collectText }: AnswerOptions): AnswerItems {
  const reasoning = createReasoningCollector(dialect.repeatsText);
  const think = createThinkSplitter();
  const unrepeated = dialect.repeatsText ? createRepetitionFilter() : undefined;
  let reasoningItem: number | undefined;
  let textItem: number | undefined;
  /** White space before a message's first word: nothing, if no word follows. */
  let space = '';
  let wholeText = '';
  let hasText = false;

  const closeReasoning = (): void => {
    // State without a visible thought still needs an item to travel in.
    if (reasoningItem === undefined && reasoning.hasState()) reasoningItem = writer.openReasoning();
    if (reasoningItem === undefined) return;
    const payload = reasoning.finish(think.takeRaw());
    // Whose it was is always said, so that a vendor's own thoughts are not mistaken for somebody else's.
    const kept = dialect.reasoning.echo ? payload : { form: 'none' };
    writer.closeItem(reasoningItem, { encryptedContent: sealState(owner, kept) });
    reasoningItem = undefined;
  };
  const closeText = (details: CloseDetails): void => {
    if (textItem !== undefined) writer.closeItem(textItem, details);
    textItem = undefined;
  };
  const showThought = (text: string): void => {
    if (text === '') return;
    closeText({ phase: 'commentary' });
    reasoningItem ??= writer.openReasoning();
    writer.summaryDelta(reasoningItem, text);
  };
  const message = (): number => {
    if (textItem === undefined) {
      closeReasoning();
      textItem = writer.openMessage();
      hasText = true;
    }
    return textItem;
  };
  const showText = (text: string, logprobs: readonly JsonObject[] | undefined): void => {
    if (text === '') return;
    if (textItem === undefined && text.trim() === '') {
      space += text;
      return;
    }
    const shown = space === '' ? text : space + text;
    space = '';
    if (collectText) wholeText += shown;
    writer.textDelta(message(), shown, logprobs);
  };
  const takeText = (text: string, logprobs: readonly JsonObject[] | undefined): void => {
    const piece = unrepeated === undefined ? text : unrepeated(text);
    if (think.isPlain()) {
      showText(piece, logprobs);
      return;
    }
    const { thought, text: plain } = think.push(piece);
    showThought(thought);
    showText(plain, logprobs);
  };
  const flush = (): void => {
    const { thought, text } = think.end();
    showThought(thought);
    showText(text, undefined);
  };

  return {
    takeReasoning: (delta) => showThought(reasoning.take(delta)),
    takeThought: showThought,
    takeContent: (content, logprobs) => {
      if (typeof content === 'string') takeText(content, logprobs);
      else {
        for (const part of asObjects(content)) {
          if (part['type'] === 'thinking') showThought(reasoning.takePart(part));
          else takeText(asString(part['text']) ?? '', undefined);
        }
      }
    },
    takeRefusal: (text) => writer.refusalDelta(message(), text),
    annotate: (annotation) => {
      if (textItem !== undefined) writer.annotation(textItem, annotation);
    },
    beginCalls: () => {
      flush();
      closeText({ phase: 'commentary' });
      closeReasoning();
      space = '';
    },
    flush,
    closeReasoning,
    closeText,
    openText: () => textItem,
    hasText: () => hasText,
    wholeText: () => wholeText,
  };
}
