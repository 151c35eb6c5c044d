import { FUNCTIONS_ONLY } from '../tools/tool-contract.ts';
import { CLAUDE_MODELS } from './claude-models.ts';
import type { MessagesDialect, ModelRules } from './messages-dialect.ts';

/** A model nobody knows: nothing is said of thinking, and a limit that every current model has. */
const ANY_MODEL: ModelRules = {
  models: [],
  maxOutputTokens: 32_000,
  images: true,
  thinking: 'unasked',
  efforts: {},
  sampling: true,
  forcedCalls: true,
  structuredOutput: false,
  bindsThinking: false,
};

/** Any host that calls itself compatible: what every client of the API sends. */
const GENERIC: MessagesDialect = {
  id: 'generic',
  aliases: [],
  accepts: {
    betas: false,
    thinkingDisplay: false,
    structuredOutput: false,
    documents: false,
    forcedCalls: true,
  },
  unsignedThinking: true,
  serviceTiers: {},
  models: [...CLAUDE_MODELS, ANY_MODEL],
  tools: FUNCTIONS_ONLY,
};

/** Anthropic's own API. */
const ANTHROPIC: MessagesDialect = {
  ...GENERIC,
  id: 'anthropic',
  aliases: ['claude'],
  accepts: {
    betas: true,
    thinkingDisplay: true,
    structuredOutput: true,
    documents: true,
    forcedCalls: true,
  },
  unsignedThinking: false,
  serviceTiers: { auto: 'auto', default: 'standard_only' },
  tools: { ...FUNCTIONS_ONLY, handling: { ...FUNCTIONS_ONLY.handling, web_search: 'native' } },
};

/** https://api-docs.deepseek.com/guides/anthropic_api: text only; betas, cache marks and budgets are ignored. */
const DEEPSEEK: MessagesDialect = {
  ...GENERIC,
  id: 'deepseek',
  // A turn with calls and no thinking is a 400 while the model thinks; an empty block will do (QwenLM/qwen-code#3788).
  lostThinking: { type: 'thinking', thinking: '', signature: '' },
  models: [{ ...ANY_MODEL, images: false, thinkingOff: { type: 'disabled' } }],
};

/** Kimi's Messages API: K3 always thinks and takes an effort; with thinking on, a call cannot be forced. */
const KIMI: MessagesDialect = {
  ...GENERIC,
  id: 'moonshot',
  aliases: ['kimi'],
  accepts: { ...GENERIC.accepts, forcedCalls: false },
  models: [
    {
      ...ANY_MODEL,
      models: ['k3'],
      efforts: { minimal: 'low', low: 'low', medium: 'low', high: 'high', xhigh: 'high', max: 'max', ultra: 'max' },
      // Fixed by the platform.
      sampling: false,
    },
    { ...ANY_MODEL, sampling: false },
  ],
};

/** https://platform.minimax.io/docs/api-reference/text-anthropic-api: M3 sees images, M2 does not. */
const MINIMAX: MessagesDialect = {
  ...GENERIC,
  id: 'minimax',
  models: [
    { ...ANY_MODEL, models: ['m3'], thinkingOff: { type: 'disabled' } },
    { ...ANY_MODEL, images: false },
  ],
};

export const MESSAGES_DIALECTS: readonly MessagesDialect[] = [GENERIC, ANTHROPIC, DEEPSEEK, KIMI, MINIMAX];

/** The generic one for a name nobody knows: configuration checks names before they get here. */
export function findMessagesDialect(name: string | undefined): MessagesDialect {
  if (name === undefined) return GENERIC;
  return MESSAGES_DIALECTS.find(({ id, aliases }) => id === name || aliases.includes(name)) ?? GENERIC;
}

/** Vendors and clouds write versions with dots, dashes and prefixes: `anthropic/claude-opus-4.5`. */
export function rulesForModel(dialect: MessagesDialect, model: string): ModelRules {
  const name = model.toLowerCase().replaceAll('.', '-');
  return (
    dialect.models.find(({ models }) => models.length === 0 || models.some((part) => name.includes(part))) ?? ANY_MODEL
  );
}
