/** What a target makes of a conversation apart from its tools, from the data that the lanes themselves go by. */
import { AI_SDK_DIALECTS } from './ai-sdk/dialects.ts';
import { isClaude } from './ai-sdk/plan-model.ts';
import { findChatDialect } from './chat/dialects.ts';
import type { ToolTarget } from './describe-tools.ts';
import { findMessagesDialect, rulesForModel } from './messages/dialects.ts';
import { findResponsesDialect } from './sanitise/dialects.ts';

/**
 * Texts, calls, their arguments and outputs, and the readable words of another model's reasoning are told to every
 * target; these facts are where targets differ.
 */
export interface KeptFacts {
  /** The model's own reasoning, when the conversation comes back to it. `dropped`: neither as state nor as words. */
  readonly ownReasoning: 'sent back' | 'dropped';
  /** Another model's: its summary, as text of the assistant or in the fields that the vendor has for reasoning. */
  readonly foreignReasoning: 'as text' | 'as reasoning';
  /** `mentioned`: the model is told in words that there was one. */
  readonly images: 'sent' | 'mentioned';
  /** A schema for the answer. `told and checked`: it is part of the prompt, and an answer that breaks it is a failure. */
  readonly structuredOutput: 'native' | 'told and checked';
  /** `tool_choice` that demands a call. `loosened`: the call becomes optional; `refused`: goes to another target. */
  readonly forcedCalls: 'native' | 'loosened' | 'refused';
}

export type KeptTarget = ToolTarget;

export function describeKept({ provider, model, images }: KeptTarget): KeptFacts {
  switch (provider.wire) {
    case 'responses': {
      const { portable } = findResponsesDialect(provider.firstParty ? undefined : provider.dialect);
      return {
        ownReasoning: portable?.reasoning === 'none' ? 'dropped' : 'sent back',
        foreignReasoning: 'as text',
        images: 'sent',
        structuredOutput: 'native',
        forcedCalls: portable?.toolChoice === 'auto' ? 'refused' : 'native',
      };
    }
    case 'chat': {
      const { reasoning, accepts } = findChatDialect(provider.dialect);
      return {
        ownReasoning: reasoning.echo ? 'sent back' : 'dropped',
        foreignReasoning: reasoning.foreignSummary === 'fields' ? 'as reasoning' : 'as text',
        images: (images ?? accepts.images) ? 'sent' : 'mentioned',
        structuredOutput: accepts.responseFormat === 'json_schema' ? 'native' : 'told and checked',
        forcedCalls: accepts.toolChoice === 'any' ? 'native' : 'refused',
      };
    }
    case 'messages': {
      const dialect = findMessagesDialect(provider.dialect);
      const rules = rulesForModel(dialect, model);
      return {
        ownReasoning: 'sent back',
        foreignReasoning: 'as text',
        images: (images ?? rules.images) ? 'sent' : 'mentioned',
        structuredOutput: dialect.accepts.structuredOutput && rules.structuredOutput ? 'native' : 'told and checked',
        forcedCalls: dialect.accepts.forcedCalls && rules.forcedCalls ? 'native' : 'loosened',
      };
    }
    case 'gemini':
    case 'vertex':
      return {
        ownReasoning: 'sent back',
        foreignReasoning: 'as text',
        images: images === false ? 'mentioned' : 'sent',
        structuredOutput: AI_SDK_DIALECTS[provider.wire].structuredWithTools.test(model)
          ? 'native'
          : 'told and checked',
        forcedCalls: 'native',
      };
    case 'converse': {
      const { forcedCalls } = rulesForModel(findMessagesDialect('anthropic'), model);
      return {
        // Only Claude signs what it thinks, and Bedrock takes nothing back that is not signed.
        ownReasoning: isClaude(model) ? 'sent back' : 'dropped',
        foreignReasoning: 'as text',
        images: images === false ? 'mentioned' : 'sent',
        structuredOutput: 'told and checked',
        forcedCalls: isClaude(model) && !forcedCalls ? 'loosened' : 'native',
      };
    }
  }
}
