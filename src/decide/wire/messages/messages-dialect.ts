/** What hosts and models of the Messages API differ in, as data (wire-facts §3.4). The codec has no name in it. */
import type { JsonObject } from '../read-json.ts';
import type { ToolContract } from '../tools/tool-contract.ts';

export interface MessagesDialect {
  /** As in `dialect = "…"` of a provider. */
  readonly id: string;
  /** Other names it is known by. */
  readonly aliases: readonly string[];
  readonly accepts: {
    /** `anthropic-beta` values, and the fields that need one: an unknown value is a 400. */
    readonly betas: boolean;
    /** `thinking.display`. */
    readonly thinkingDisplay: boolean;
    /** `output_config.format`, for models that have it. */
    readonly structuredOutput: boolean;
    /** PDF files. */
    readonly documents: boolean;
    /** A call can be forced, for models that allow it. */
    readonly forcedCalls: boolean;
  };
  /** False: a thinking block without a signature is refused, so it is not sent back. */
  readonly unsignedThinking: boolean;
  /** Must stand at the head of a turn with calls whose thinking is lost, unless thinking is off. Absent: nothing must. */
  readonly lostThinking?: JsonObject;
  /** Codex's service tiers that have a name there. */
  readonly serviceTiers: Readonly<Record<string, string>>;
  /** The first rules that fit the model hold. The last ones fit every model. */
  readonly models: readonly ModelRules[];
  readonly tools: ToolContract;
}

/** What a family of models takes. */
export interface ModelRules {
  /** For models whose name contains one of these, in lower case and with `-` for `.`. Empty: every model. */
  readonly models: readonly string[];
  /** Sent as `max_tokens` when the client set no limit, and the most that the client can set. */
  readonly maxOutputTokens: number;
  /** The model can see. */
  readonly images: boolean;
  /**
   * `adaptive` and `budget` (`enabled` with `budget_tokens`): how thinking is asked for. `unasked`: the field is left
   * out, and the model does what it does by default.
   */
  readonly thinking: 'adaptive' | 'budget' | 'unasked';
  /** `thinking` for effort "none". Absent: thinking cannot be switched off. */
  readonly thinkingOff?: JsonObject;
  /** Codex's efforts as `output_config.effort`. An effort that is not listed is not sent. */
  readonly efforts: Readonly<Record<string, string>>;
  /** `temperature` or `top_p`, which older models take while they do not think. */
  readonly sampling: boolean;
  /** A call can be forced while the model does not think. */
  readonly forcedCalls: boolean;
  /** `output_config.format`. */
  readonly structuredOutput: boolean;
  /** Thinking is bound to everything before it: a changed prefix is a 400, unless the block may be dropped. */
  readonly bindsThinking: boolean;
}
