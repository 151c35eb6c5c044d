/** Whether and how a model is asked to think, and what that rules out (wire-facts §3.4). */
import { type JsonObject, ownValue } from '../read-json.ts';
import type { MessagesDialect, ModelRules } from './messages-dialect.ts';

export interface ThinkingPlan {
  /** The field `thinking`, if it is sent. */
  readonly field?: JsonObject;
  /** `output_config.effort`, if it is sent. */
  readonly effort?: string;
  /** The model may think: then neither sampling fields nor a forced call are allowed. */
  readonly isOn: boolean;
  /** A turn that is being worked on must begin with thinking, or thinking has to stay off until the next one. */
  readonly needsThinkingInLoop: boolean;
  readonly betas: readonly string[];
}

export interface ThinkingWish {
  /** Codex's name for it. */
  readonly effort: string | undefined;
  /** The client wants a call at any price. */
  readonly forcesCall: boolean;
  readonly maxTokens: number;
}

/** Smallest budget that the API takes. */
const MIN_BUDGET = 1024;
/** What is left of `max_tokens` for the answer itself. */
const MIN_ANSWER = 1024;
const BUDGETS: Readonly<Record<string, number>> = {
  minimal: 1024,
  low: 4096,
  medium: 10_240,
  high: 20_480,
  xhigh: 32_000,
  max: 32_000,
  ultra: 32_000,
};
const DEFAULT_BUDGET = 10_240;

const BINDING_BETA = 'thinking-binding-controls-2026-08-01';
const INTERLEAVED_BETA = 'interleaved-thinking-2025-05-14';

export function planThinking(wish: ThinkingWish, rules: ModelRules, dialect: MessagesDialect): ThinkingPlan {
  const effort = ownValue(rules.efforts, wish.effort ?? '');
  const off: ThinkingPlan = { isOn: false, needsThinkingInLoop: false, betas: [] };
  // An effort that the client asked for is worth more than a forced call; one that it did not is not.
  const isUnwanted = wish.effort === 'none' || (wish.effort === undefined && wish.forcesCall && rules.forcedCalls);
  if (isUnwanted && rules.thinkingOff !== undefined) {
    const isOff = rules.thinkingOff['type'] === 'disabled';
    return { ...off, field: rules.thinkingOff, isOn: !isOff };
  }
  // What cannot be switched off is at least kept short.
  const leastEffort = wish.effort === 'none' ? ownValue(rules.efforts, 'minimal') : undefined;
  const sent = effort ?? leastEffort;
  const withEffort = sent === undefined ? {} : { effort: sent };
  const display = dialect.accepts.thinkingDisplay ? { display: 'summarized' } : {};
  switch (rules.thinking) {
    case 'unasked':
      return { ...off, ...withEffort, isOn: !rules.sampling };
    case 'adaptive': {
      const binds = rules.bindsThinking && dialect.accepts.betas;
      // Codex's tools and history may change under a thread: then the thoughts go, not the request.
      const binding = binds ? { block_binding: { prefix_mismatch_behavior: 'drop_block' } } : {};
      return {
        ...withEffort,
        field: { type: 'adaptive', ...display, ...binding },
        isOn: true,
        needsThinkingInLoop: false,
        betas: binds ? [BINDING_BETA] : [],
      };
    }
    case 'budget': {
      const wanted = ownValue(BUDGETS, wish.effort ?? '') ?? DEFAULT_BUDGET;
      const budget = Math.min(wanted, wish.maxTokens - MIN_ANSWER);
      if (budget < MIN_BUDGET) return { ...off, ...withEffort };
      return {
        ...withEffort,
        field: { type: 'enabled', budget_tokens: budget, ...display },
        isOn: true,
        needsThinkingInLoop: true,
        betas: dialect.accepts.betas ? [INTERLEAVED_BETA] : [],
      };
    }
  }
}

/** The same for a turn whose thinking is lost: see `needsThinkingInLoop`. */
export function withoutThinking({ effort }: ThinkingPlan): ThinkingPlan {
  return { ...(effort === undefined ? {} : { effort }), isOn: false, needsThinkingInLoop: false, betas: [] };
}
