import type { ModelRules } from './messages-dialect.ts';

/** Codex's names for what Claude calls low … max; `minimal` is the least it has. */
function efforts(xhigh: string, max: string): Readonly<Record<string, string>> {
  return { minimal: 'low', low: 'low', medium: 'medium', high: 'high', xhigh, max, ultra: max };
}

const DISABLED = { type: 'disabled' };

/** The generation that thinks whenever it sees fit, can be told not to, and takes every effort. */
const ADAPTIVE: ModelRules = {
  models: [],
  maxOutputTokens: 128_000,
  images: true,
  thinking: 'adaptive',
  thinkingOff: DISABLED,
  efforts: efforts('xhigh', 'max'),
  sampling: false,
  forcedCalls: true,
  structuredOutput: true,
  bindsThinking: false,
};

const { thinkingOff: _cannot, ...ALWAYS_THINKING } = { ...ADAPTIVE, forcedCalls: false };

/** Before it: a budget, and only when asked. */
const BUDGET: ModelRules = {
  ...ADAPTIVE,
  maxOutputTokens: 64_000,
  thinking: 'budget',
  efforts: {},
  sampling: true,
};

/**
 * Read in November 2026 (platform.claude.com: models overview, thinking, effort, structured outputs, preserved thinking;
 * @anthropic-ai/sdk 1.12.0 and @ai-sdk/anthropic 3.0.139 for what each model rejects).
 */
export const CLAUDE_MODELS: readonly ModelRules[] = [
  {
    ...ALWAYS_THINKING,
    models: ['claude-sonnet-5-5'],
    // The least it can do; it takes no effort above high.
    thinkingOff: { type: 'between_tools' },
    bindsThinking: true,
  },
  {
    ...ALWAYS_THINKING,
    models: ['claude-opus-5-5', 'claude-fable-5-1', 'claude-mythos-5-1', 'claude-fable-5-2', 'claude-mythos-5-2'],
    bindsThinking: true,
  },
  { ...ADAPTIVE, models: ['claude-haiku-5-5'], bindsThinking: true },
  { ...ALWAYS_THINKING, models: ['claude-fable-5', 'claude-mythos-5'] },
  { ...ADAPTIVE, models: ['claude-opus-5', 'claude-sonnet-5', 'claude-opus-4-8', 'claude-opus-4-7'] },
  { ...ALWAYS_THINKING, models: ['claude-mythos-preview'], efforts: efforts('high', 'max') },
  { ...ADAPTIVE, models: ['claude-opus-4-6', 'claude-sonnet-4-6'], efforts: efforts('high', 'max'), sampling: true },
  { ...BUDGET, models: ['claude-opus-4-5'], efforts: efforts('high', 'high') },
  { ...BUDGET, models: ['claude-sonnet-4-5', 'claude-haiku-4-5'] },
  { ...BUDGET, models: ['claude-opus-4-1'], maxOutputTokens: 32_000 },
  { ...BUDGET, models: ['claude-sonnet-4-0', 'claude-sonnet-4-2', 'claude-sonnet-4@'], structuredOutput: false },
  {
    ...BUDGET,
    models: ['claude-opus-4-0', 'claude-opus-4-2', 'claude-opus-4@'],
    maxOutputTokens: 32_000,
    structuredOutput: false,
  },
  {
    ...BUDGET,
    models: ['claude-3'],
    maxOutputTokens: 4096,
    thinking: 'unasked',
    structuredOutput: false,
  },
  // Newer than this list, most likely: what every model since 4.5 takes, and thinking as it comes.
  {
    ...ALWAYS_THINKING,
    models: ['claude'],
    maxOutputTokens: 64_000,
    thinking: 'unasked',
    efforts: efforts('high', 'high'),
  },
];
