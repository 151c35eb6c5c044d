/** What one vendor's Responses API differs in, as data (wire-facts §4). The sanitiser has no vendor's name in it. */
import type { ToolContract } from '../tools/tool-contract.ts';

export interface ResponsesDialect {
  /** As in `dialect = "…"` of a provider. */
  readonly id: string;
  /** Other names it is known by. */
  readonly aliases: readonly string[];
  /**
   * Texts that only occur in requests that the vendor would refuse: every other request stays in the raw lane. As bytes,
   * which are found three times as fast. Absent: every request is adapted.
   */
  readonly marks?: readonly Buffer[];
  readonly tools: ToolContract;
  /** `hoisted`: tools inside an `additional_tools` item move to the top level. */
  readonly additionalTools: 'native' | 'hoisted';
  /** More tools than this are refused there. Absent: no limit known. */
  readonly maxTools?: number;
  /** `reasoning.effort`: the first rule that fits the model. No rule: left out. */
  readonly effort: readonly EffortRule[];
  /** Every tool must say what it is for, or nothing at all. Default: an empty description is taken. */
  readonly refusesEmptyDescriptions?: true;
  /** It compacts by itself, as OpenAI does. Default false. */
  readonly compacts?: true;
  /** Absent: the vendor runs OpenAI's own API, so items and fields stay as Codex writes them. */
  readonly portable?: PortableRules;
}

/** For vendors that know the Responses API as it began: messages, reasoning, functions. */
export interface PortableRules {
  /** Optional top-level fields that are taken; all others are left out. */
  readonly fields: readonly string[];
  /** `instructions`: all developer and system messages become the one system message that chat templates allow. */
  readonly developer: 'developer' | 'system' | 'instructions';
  /** `merge`: templates that insist on alternation see one user message where there were several in a row. */
  readonly users: 'keep' | 'merge';
  /** Tool outputs as lists of parts. `text`: as a string; images follow in a user message. */
  readonly outputs: 'parts' | 'text';
  /**
   * How a model's own reasoning goes back to it: with its `encrypted_content`, as open text in `content`, or not at all.
   * Anybody else's is only ever told as text.
   */
  readonly reasoning: 'sealed' | 'open' | 'none';
  /** `auto`: a call cannot be forced there. */
  readonly toolChoice: 'any' | 'auto';
  /** `user`: a history that ends with the assistant is refused, or taken for one to be completed. */
  readonly lastTurn: 'any' | 'user';
  /** Hosted tools keep only these fields beside their type. */
  readonly hostedFields: readonly string[];
}

export interface EffortRule {
  /** The rule holds for models whose name contains one of these, case ignored. Empty: every model. */
  readonly models: readonly string[];
  /** Accepted names, weakest first. What is not among them becomes the next weaker one, else the weakest. */
  readonly names: readonly string[];
}

const SCALE: readonly string[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max', 'ultra'];

/** The effort to send, or `undefined` to say nothing: where none is taken, and of one that nobody knows. */
export function fitEffort(rules: readonly EffortRule[], model: string, effort: string): string | undefined {
  const lower = model.toLowerCase();
  const rule = rules.find(({ models }) => models.length === 0 || models.some((part) => lower.includes(part)));
  if (rule === undefined) return undefined;
  if (rule.names.includes(effort)) return effort;
  const wanted = SCALE.indexOf(effort);
  if (wanted < 0) return undefined;
  const weaker = rule.names.filter((name) => SCALE.indexOf(name) < wanted);
  return weaker.at(-1) ?? rule.names[0];
}
