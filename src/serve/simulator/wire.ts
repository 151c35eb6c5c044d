import type { Clock, Random } from '../../core/ports.ts';
import type { Answer } from './answer.ts';
import type { StreamFlaw } from './faults/fault.ts';
import type { Scenario } from './scenario.ts';

export type WireName = 'responses' | 'chat' | 'messages' | 'gemini' | 'converse';

/** What a wire sees of an HTTP request. */
export interface WireRequest {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  /** Without its question mark; '' if there is none. */
  readonly query: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body; `undefined` when it is not JSON. */
  readonly json: unknown;
  readonly bodyBytes: number;
}

/** How exacting a simulated vendor is. */
export interface Strictness {
  /**
   * Behave as OpenAI itself towards Codex: accept `client_metadata` and the fields that Codex adds for it. Default: true
   * if the simulator's name is `openai`.
   */
  readonly firstParty?: boolean;
  /** Answer 404 `model_not_found` for any other model. Default: every model exists. */
  readonly models?: readonly string[];
  /** Tool types that are accepted, e.g. `['function']` for a vendor that knows no others. Default: all of the API. */
  readonly toolTypes?: readonly string[];
  /** Input item types that are accepted. Default: all of the API. */
  readonly itemTypes?: readonly string[];
  /** Longer input is refused with `context_length_exceeded`. Default: no limit. */
  readonly contextTokens?: number;
  /** Refuse a reasoning item that nothing follows, as OpenAI does for some models. Default false. */
  readonly reasoningNeedsFollower?: boolean;
  /**
   * Messages: thinking is bound to everything that stood before it, and refused when that has changed, as newer accounts
   * and models have it. Default false.
   */
  readonly bindsThinking?: boolean;
  /** Check requests at all. Default true; false saves the time in measurements. */
  readonly validate?: boolean;
}

export interface WireContext {
  readonly scenario: Scenario;
  /** Vendor and account: the state domain. */
  readonly name: string;
  readonly key: string | undefined;
  readonly strictness: Strictness;
  /** Fresh per request. */
  readonly random: Random;
  readonly clock: Clock;
  /** Headers and echoes that an upstream may add. */
  readonly extras: WireExtras;
}

export interface WireExtras {
  /** Value of the `openai-model` response header. Default: the requested model. */
  readonly servedModel?: string;
  /** Set `x-codex-turn-state`. Default false. */
  readonly turnState?: boolean;
  /** Repeat `tools` and other request fields in the response object, as OpenAI does. Default true. */
  readonly echo?: boolean;
}

export interface WireReply {
  readonly answer: Answer;
  /** The scenario's step that is played, from 1. Absent for anything but a model call. */
  readonly step?: number;
  readonly model?: string;
}

/** A vendor's API, as far as Codex or a gateway in front of it calls it. */
export interface Wire {
  readonly name: WireName;
  /** What follows the host in the address that a client is given: `/v1`. */
  readonly basePath: string;
  /** True for the calls that faults apply to. */
  readonly isModelCall: (method: string, path: string) => boolean;
  readonly reply: (request: WireRequest, context: WireContext, options: ReplyOptions) => WireReply;
}

export interface ReplyOptions {
  /** Answer successfully but without any output. */
  readonly withoutOutput: boolean;
  /** What is to be wrong with the answer. Those that the wire does not know are ignored. */
  readonly flaws: ReadonlySet<StreamFlaw>;
}
