/** What is asked of a model beside the conversation: thinking, limits and sampling, as call options of the AI SDK. */
import { findMessagesDialect, rulesForModel } from '../messages/dialects.ts';
import { isLoopWithoutThinking, limitOf } from '../messages/encode-request.ts';
import type { Message } from '../messages/encode-turns.ts';
import type { MessagesDialect } from '../messages/messages-dialect.ts';
import { planThinking, withoutThinking } from '../messages/plan-thinking.ts';
import { asNumber, type JsonObject, ownValue } from '../read-json.ts';
import { EFFORTS_UP_TO_XHIGH } from '../responses/efforts.ts';
import type { ResponsesRequest } from '../responses/request.ts';
import type { AiSdkDialect } from './ai-sdk-dialect.ts';

export interface ModelPlan {
  /** Further call options. */
  readonly options: JsonObject;
  /** The model would refuse to be forced to call a tool. */
  readonly looseChoice: boolean;
  /** What was thought before is not to be sent. */
  readonly dropsThinking: boolean;
  /** Marks up to which Bedrock caches; only some models take them. */
  readonly cachePoints: boolean;
}

export interface ModelWish {
  readonly request: ResponsesRequest;
  readonly model: string;
  readonly forcesCall: boolean;
  readonly messages: readonly Message[];
}

export function planModel(wish: ModelWish, dialect: AiSdkDialect): ModelPlan {
  if (dialect.model === 'gemini') return planGemini(wish, dialect);
  return isClaude(wish.model) ? planClaude(wish) : planOther(wish);
}

/** The SDK knows what each model makes of an effort. */
function encodeEffort({ effort }: ResponsesRequest): JsonObject {
  const reasoning = ownValue(EFFORTS_UP_TO_XHIGH, effort ?? '');
  return reasoning === undefined ? {} : { reasoning };
}

/** Models that cannot think answer 400 to being asked for their thoughts. */
const NOT_THINKING = /gemini-(1|2\.0)|gemma|learnlm/;

function planGemini({ request, model }: ModelWish, { wire }: AiSdkDialect): ModelPlan {
  const shows = request.effort !== 'none' && !NOT_THINKING.test(model);
  const provider = wire === 'vertex' ? 'vertex' : 'google';
  return {
    options: {
      ...encodeLimit(request),
      ...encodeSampling(request),
      ...(NOT_THINKING.test(model) ? {} : encodeEffort(request)),
      ...(shows ? { providerOptions: { [provider]: { thinkingConfig: { includeThoughts: true } } } } : {}),
    },
    looseChoice: false,
    dropsThinking: false,
    cachePoints: false,
  };
}

function planOther({ request }: ModelWish): ModelPlan {
  return {
    options: { ...encodeLimit(request), ...encodeSampling(request), ...encodeEffort(request) },
    looseChoice: false,
    dropsThinking: false,
    cachePoints: false,
  };
}

export const isClaude = (model: string): boolean => /claude/i.test(model);

/** Bedrock takes no `anthropic-beta` header, and no unknown betas in its place. */
function claudeDialect(): MessagesDialect {
  const anthropic = findMessagesDialect('anthropic');
  return { ...anthropic, accepts: { ...anthropic.accepts, betas: false } };
}

/** Claude takes the same fields there as from Anthropic, under `additionalModelRequestFields`. */
function planClaude({ request, model, forcesCall, messages }: ModelWish): ModelPlan {
  const dialect = claudeDialect();
  const rules = rulesForModel(dialect, model);
  const maxOutputTokens = limitOf(request, rules);
  const plan = planThinking({ effort: request.effort, forcesCall, maxTokens: maxOutputTokens }, rules, dialect);
  const thinking = plan.needsThinkingInLoop && isLoopWithoutThinking(messages) ? withoutThinking(plan) : plan;
  const fields = {
    ...(thinking.field === undefined ? {} : { thinking: forBedrock(thinking.field) }),
    ...(thinking.effort === undefined ? {} : { output_config: { effort: thinking.effort } }),
  };
  const hasFields = Object.keys(fields).length > 0;
  const sampling = rules.sampling && !thinking.isOn ? encodeSampling(request) : {};
  return {
    options: {
      maxOutputTokens,
      ...sampling,
      ...(hasFields ? { providerOptions: { amazonBedrock: { additionalModelRequestFields: fields } } } : {}),
    },
    looseChoice: forcesCall && (!rules.forcedCalls || thinking.isOn),
    dropsThinking: thinking.field?.['type'] === 'disabled',
    cachePoints: !/claude-(3-(haiku|sonnet|opus)|v2|instant)/.test(model.toLowerCase()),
  };
}

/** What is thought within a budget is shown anyway, and only newer models know the word for it. */
function forBedrock(field: JsonObject): JsonObject {
  if (field['type'] !== 'enabled') return field;
  const { display: _shownAnyway, ...rest } = field;
  return rest;
}

function encodeLimit({ maxOutputTokens }: ResponsesRequest): JsonObject {
  return maxOutputTokens === undefined ? {} : { maxOutputTokens: Math.max(1, Math.trunc(maxOutputTokens)) };
}

/** Only what the client has set. */
function encodeSampling({ raw }: ResponsesRequest): JsonObject {
  const temperature = asNumber(raw['temperature']);
  const topP = asNumber(raw['top_p']);
  return { ...(temperature === undefined ? {} : { temperature }), ...(topP === undefined ? {} : { topP }) };
}
