import type { Random } from '../../../core/ports.ts';
import type { HeaderLine } from '../answer.ts';
import type { TokenCounts } from '../count-tokens.ts';
import type { JsonObject } from '../json.ts';
import type { Complaint, Wordings } from './refusal.ts';

/**
 * One vendor's Chat Completions, as data: what it refuses and how its answers look. Written down from what vendors
 * document and answer, and deliberately not from the gateway's own table of dialects: each is the other's test.
 */
export interface ChatVendor {
  /** As in `dialect = "…"` of a provider. */
  readonly id: string;
  readonly aliases: readonly string[];
  /** What follows the host, before `/chat/completions`. */
  readonly basePath: string;
  readonly rules: ChatRules;
  readonly speech: ChatSpeech;
  /** Where it does not say it as OpenAI does. */
  readonly wordings: Wordings;
  /** The JSON around a complaint. */
  readonly shape: (complaint: Complaint, requestId: string) => object;
  /** Besides `date` and `content-type`. */
  readonly headers: (random: Random, nowMs: number) => readonly HeaderLine[];
}

/**
 * What a request may hold. Some vendors overlook a field that they do not know; here every one refuses it, because to
 * send it is a mistake.
 */
export interface ChatRules {
  /** Fields of the body. */
  readonly fields: ReadonlySet<string>;
  /** Allowed values of some of them. A value that is not listed is refused. */
  readonly values: Readonly<Record<string, readonly unknown[]>>;
  /** Fields of a `thinking` or `reasoning` object, each with its allowed values. */
  readonly thinking: Readonly<Record<string, readonly unknown[]>>;
  readonly roles: readonly string[];
  /** `first`: one, as the first message. */
  readonly systems: 'many' | 'first';
  /** Roles that may follow themselves; tool messages always may. */
  readonly repeats: readonly ('user' | 'assistant')[];
  readonly allowsUserAfterTool: boolean;
  /** `null` as the content beside tool calls. */
  readonly allowsNullContent: boolean;
  /** Types of content parts, by role. */
  readonly parts: Readonly<Record<string, readonly string[]>>;
  /** Further fields of an assistant message. */
  readonly assistantFields: readonly string[];
  readonly callId: RegExp;
  /** The arguments of earlier calls are parsed, so they have to be a JSON object. */
  readonly parsesArguments: boolean;
  /** What `reasoning_content` must be on a message with tool calls while the model thinks. */
  readonly callReasoning: 'free' | 'present' | 'not-empty';
  /** Whether the model thinks, given the request. */
  readonly thinks: (body: JsonObject) => boolean;
  /** Fields of a function. */
  readonly functionFields: readonly string[];
}

/** How an answer looks. */
export interface ChatSpeech {
  /** Where the reasoning stands; it depends on the request at some. */
  readonly reasoning: (body: JsonObject) => ReasoningSpeech;
  /** The first chunk's delta. */
  readonly first: JsonObject;
  /** What every other delta has, whether it says anything or not. */
  readonly idle: JsonObject;
  /** Fields of every chunk, and of an answer that is not streamed. */
  readonly chunk: JsonObject;
  /** Fields of every choice. */
  readonly choice: JsonObject;
  /** `finish`: whole, in the chunk that has the finish reason. */
  readonly calls: 'pieces' | 'whole' | 'finish';
  /** `position` counts the calls of the conversation, from 0. */
  readonly callId: (random: Random, name: string, position: number) => string;
  /** What the pieces of a call after the first repeat of it. */
  readonly callPiece: JsonObject;
  /**
   * Where the token counts stand: in a chunk of their own if the request asks for it, always in the chunk with the finish
   * reason, or in that chunk's choice.
   */
  readonly usage: 'asked' | 'finish' | 'choice';
  readonly renderUsage: (counts: TokenCounts) => JsonObject;
  /** Fields of the chunk with the finish reason. */
  readonly finish: (reason: string) => JsonObject;
  /** Each piece of text and of a thought has everything so far, instead of adding to it. */
  readonly repeatsSoFar: boolean;
  /** The whole message once more, in a chunk after the finish reason. */
  readonly repeatsWhole: boolean;
  /** Comments before the first chunk. */
  readonly comments: readonly string[];
  /** A failure in the middle of a stream. Default: the vendor's usual error. */
  readonly failure?: (message: string, code: string | null) => JsonObject;
}

export type ReasoningSpeech =
  | { readonly kind: 'none' }
  /** A text beside the content. */
  | { readonly kind: 'field'; readonly field: 'reasoning_content' | 'reasoning' }
  /** `<think>…</think>` at the head of the content. */
  | { readonly kind: 'tags' }
  /** `thinking` parts in a content that is a list. */
  | { readonly kind: 'parts' }
  /** `reasoning_details`, signed by whoever thought if `signed`; and the text in `reasoning` too if `beside`. */
  | { readonly kind: 'details'; readonly format: string; readonly signed: boolean; readonly beside: boolean };
