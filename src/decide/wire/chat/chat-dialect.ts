/** What one vendor's Chat Completions differ in, as data (wire-facts §3.3). The codec has no vendor's name in it. */
import type { JsonObject } from '../read-json.ts';
import type { ToolContract } from '../tools/tool-contract.ts';

export interface ChatDialect {
  /** As in `dialect = "…"` of a provider. */
  readonly id: string;
  /** Other names it is known by. */
  readonly aliases: readonly string[];
  readonly roles: {
    /** `one`: only the first message may be a system message, so all are merged into it. */
    readonly systems: 'many' | 'one';
    /** `merge`: templates that insist on alternation see one user message where there were several in a row. */
    readonly users: 'keep' | 'merge';
    /** `answered`: a user message may not follow a tool message directly, so a short assistant message is put between. */
    readonly userAfterTool: 'allowed' | 'answered';
  };
  /** `nine`: ids must be nine letters or digits. `forty`: they may have as many letters at most. */
  readonly callIds: 'any' | 'nine' | 'forty';
  /** What stands for no text beside tool calls. */
  readonly emptyContent: null | '';
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /** Optional request fields that the vendor takes; the others are left out. */
  readonly accepts: {
    /** Sampling fields, by their names in both APIs. `top_logprobs` brings `logprobs` with it. */
    readonly sampling: readonly SamplingField[];
    readonly parallelToolCalls: boolean;
    /** `stream_options.include_usage`. */
    readonly usageOption: boolean;
    /** `strict: true` on functions. */
    readonly strictTools: boolean;
    /** `auto`: a call cannot be forced; 'none' is served by sending no tools. */
    readonly toolChoice: 'any' | 'auto';
    /** `json_object`: the schema goes into the prompt, and the answer is only known to be JSON. */
    readonly responseFormat: 'json_schema' | 'json_object';
    /** Image parts of messages; without them an image is only mentioned. */
    readonly images: boolean;
    /** File parts of messages. */
    readonly files: boolean;
  };
  /** `reasoning.effort` → fields of the body: the first rule that fits the model. No rule, no field. */
  readonly effort: readonly EffortRule[];
  readonly reasoning: ReasoningRules;
  /** Where Codex's `prompt_cache_key` goes. */
  readonly cacheKey: 'field' | 'drop' | { readonly header: string };
  /** Codex's service tiers that have a name there. */
  readonly serviceTiers: Readonly<Record<string, string>>;
  /** Always sent. Effort rules may overwrite it. */
  readonly extra: JsonObject;
  /** A stream's text and `reasoning_details` may repeat everything so far instead of adding to it. */
  readonly repeatsText: boolean;
  readonly tools: ToolContract;
}

export type SamplingField =
  | 'temperature'
  | 'top_p'
  | 'presence_penalty'
  | 'frequency_penalty'
  | 'top_logprobs'
  | 'user';

export interface EffortRule {
  /** The rule holds for models whose name contains one of these, case ignored. Empty: every model. */
  readonly models: readonly string[];
  /** By Codex's names: none, minimal, low, medium, high, xhigh, max, ultra. */
  readonly fields: Readonly<Record<string, JsonObject>>;
}

export interface ReasoningRules {
  /**
   * Whether a model's own reasoning is sent back to it: that is also when it is stored, in our envelope. It goes back
   * in the form it came in; plain text goes into `fields`.
   */
  readonly echo: boolean;
  /** Message fields for plain reasoning text, every one of them. */
  readonly fields: readonly string[];
  /** Must stand in `fields` of a turn with tool calls when the reasoning itself is lost. Absent: nothing is needed. */
  readonly placeholder?: string;
  /** What becomes of the readable summary of another model's reasoning: plain text of the turn, or `fields`. */
  readonly foreignSummary: 'text' | 'fields';
}
