/** A Responses request as a Messages body for one target. Pure, and the same bytes for the same request. */
import { asNumber, type JsonObject, ownValue } from '../read-json.ts';
import { arrangeTurns, type Repair, type Turn } from '../responses/arrange-turns.ts';
import { findUnsupportedItem } from '../responses/item-support.ts';
import { callIdsOf, findServerState, type ResponsesRequest, type Result } from '../responses/request.ts';
import { bridgeTools, type ToolBridge } from '../tools/bridge-tools.ts';
import { rulesForModel } from './dialects.ts';
import { textBlocks } from './encode-content.ts';
import { encodeFormat } from './encode-format.ts';
import { encodeTools, stubTools, type ToolChoice } from './encode-tools.ts';
import { encodeTurns, type Message } from './encode-turns.ts';
import type { MessagesDialect, ModelRules } from './messages-dialect.ts';
import type { MessagesTarget } from './messages-target.ts';
import { type Cacheable, placeBreakpoints } from './place-breakpoints.ts';
import { planThinking, type ThinkingPlan, withoutThinking } from './plan-thinking.ts';

export interface EncodedMessagesRequest {
  /** For JSON as it is: the order of its keys never changes, since prompt caches compare prefixes. */
  readonly body: JsonObject;
  /** Further request headers, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The way back for the answer's tool calls. */
  readonly bridge: ToolBridge;
  /** Types of the tools that are not offered. */
  readonly droppedTools: readonly string[];
  /** Call ids of the history: the answer must not use them again. */
  readonly usedCallIds: ReadonlySet<string>;
  /** To be checked by us, because the model cannot be held to it. */
  readonly schemaToCheck?: JsonObject;
  /** The request ends with our own words after the assistant's: the answer's thinking has to remember it. */
  readonly endsWithGoOn: boolean;
  readonly repairs: readonly (Repair | 'optional-call')[];
}

const VERSION = '2023-06-01';

/** `stream`: whether the upstream is asked to stream, whatever the client wants. */
export function encodeMessagesRequest(
  request: ResponsesRequest,
  target: MessagesTarget,
  stream: boolean,
): Result<EncodedMessagesRequest> {
  const problem = findServerState(request) ?? findUnsupportedItem(request);
  if (problem !== undefined) return { ok: false, problem };
  const { dialect } = target;
  const rules = statedRules(rulesForModel(dialect, target.model), target);
  const bridged = bridgeTools(request, dialect.tools);
  if (!bridged.ok) return bridged;
  const offered = encodeTools(request, bridged.value);
  if (!offered.ok) return offered;
  const format = encodeFormat(request.format, dialect, rules);
  if (!format.ok) return format;

  const { tools, choice, dropped } = offered.value;
  const forcesCall = tools.length > 0 && (choice.type === 'any' || choice.type === 'tool');
  const maxTokens = limitOf(request, rules);
  const plan = planThinking({ effort: request.effort, forcesCall, maxTokens }, rules, dialect);
  const { turns, repairs } = arrangeTurns(request.input);
  // Thinking is bound to the tools it had, and these are not the same ones.
  const needsStubs = tools.length === 0 && turns.some(hasCalls);
  const encoded = encodeTurns(turns, {
    target,
    bridge: bridged.value,
    rules: { images: rules.images, documents: dialect.accepts.documents },
    keepsThinking: plan.field?.['type'] !== 'disabled' && !needsStubs,
  });
  if (!encoded.ok) return encoded;
  const { system, messages, endsWithGoOn } = encoded.value;
  const thinking = plan.needsThinkingInLoop && isLoopWithoutThinking(messages) ? withoutThinking(plan) : plan;
  const isLoosened = forcesCall && !(dialect.accepts.forcedCalls && rules.forcedCalls && !thinking.isOn);
  const cacheable = placeBreakpoints({
    tools: needsStubs ? stubTools(messages) : tools,
    system: [...asBlocks(request.instructions), ...system, ...asBlocks(format.value.prompt)],
    messages: thinking.field?.['type'] === 'disabled' ? messages : withLostThinking(messages, dialect),
  });
  const finalChoice = needsStubs ? NO_CALL : isLoosened ? AUTO : choice;
  const body = {
    model: target.model,
    max_tokens: maxTokens,
    ...encodePrefix(cacheable, finalChoice, request.parallelToolCalls),
    ...(thinking.field === undefined ? {} : { thinking: thinking.field }),
    ...encodeOutputConfig(thinking, format.value.schema),
    ...encodeSampling(request, rules, thinking),
    ...encodeTier(request, dialect),
    messages: cacheable.messages,
    stream,
    ...target.extraBody,
  };
  const { schemaToCheck } = format.value;
  return {
    ok: true,
    value: {
      body,
      headers: encodeHeaders(thinking),
      bridge: bridged.value,
      droppedTools: dropped,
      usedCallIds: callIdsOf(request),
      ...(schemaToCheck === undefined ? {} : { schemaToCheck }),
      endsWithGoOn,
      repairs: isLoosened ? [...repairs, 'optional-call'] : repairs,
    },
  };
}

const AUTO: ToolChoice = { type: 'auto' };
const NO_CALL: ToolChoice = { type: 'none' };

function encodeHeaders({ betas }: ThinkingPlan): Readonly<Record<string, string>> {
  return { 'anthropic-version': VERSION, ...(betas.length === 0 ? {} : { 'anthropic-beta': betas.join(',') }) };
}

/** What the configuration says of the model wins over what is known of its name. */
function statedRules(rules: ModelRules, { images, maxOutputTokens }: MessagesTarget): ModelRules {
  return {
    ...rules,
    images: images ?? rules.images,
    maxOutputTokens: maxOutputTokens ?? rules.maxOutputTokens,
  };
}

/** `max_tokens`. */
export function limitOf(request: ResponsesRequest, rules: ModelRules): number {
  const wanted = Math.trunc(request.maxOutputTokens ?? rules.maxOutputTokens);
  return Math.max(1, Math.min(wanted, rules.maxOutputTokens));
}

export function asBlocks(text: string | undefined): readonly JsonObject[] {
  return text === undefined ? [] : textBlocks(text);
}

export function hasCalls(turn: Turn): boolean {
  return turn.kind === 'assistant' && turn.parts.some((part) => part.kind === 'call');
}

/** What stands before the messages; empty lists are refused. */
function encodePrefix({ system, tools }: Cacheable, choice: ToolChoice, parallel: boolean | undefined): JsonObject {
  return {
    ...(system.length === 0 ? {} : { system }),
    ...(tools.length === 0 ? {} : { tools, ...encodeChoice(choice, parallel) }),
  };
}

/** Nothing is said where it would only say the default. */
function encodeChoice(choice: ToolChoice, parallel: boolean | undefined): JsonObject {
  if (choice.type === 'none') return { tool_choice: choice };
  if (parallel === false) return { tool_choice: { ...choice, disable_parallel_tool_use: true } };
  return choice.type === 'auto' ? {} : { tool_choice: choice };
}

/** The request continues an answer that was begun without thinking: the API takes none in the middle of it. */
export function isLoopWithoutThinking(messages: readonly Message[]): boolean {
  if (messages.at(-1)?.content[0]?.['type'] !== 'tool_result') return false;
  return !isThinking(messages.at(-2)?.content[0]);
}

function isThinking(block: JsonObject | undefined): boolean {
  return block?.['type'] === 'thinking' || block?.['type'] === 'redacted_thinking';
}

function withLostThinking(messages: readonly Message[], { lostThinking }: MessagesDialect): readonly Message[] {
  if (lostThinking === undefined) return messages;
  return messages.map((message) => {
    const isAboutCalls = message.content.some((block) => block['type'] === 'tool_use');
    if (!isAboutCalls || message.content.some(isThinking)) return message;
    return { ...message, content: [lostThinking, ...message.content] };
  });
}

function encodeOutputConfig({ effort }: ThinkingPlan, schema: JsonObject | undefined): JsonObject {
  if (effort === undefined && schema === undefined) return {};
  return {
    output_config: {
      ...(effort === undefined ? {} : { effort }),
      ...(schema === undefined ? {} : { format: { type: 'json_schema', schema } }),
    },
  };
}

/** Only one of the two, and only to a model that does not think. */
function encodeSampling({ raw }: ResponsesRequest, rules: ModelRules, thinking: ThinkingPlan): JsonObject {
  if (!rules.sampling || thinking.isOn) return {};
  const temperature = asNumber(raw['temperature']);
  const topP = asNumber(raw['top_p']);
  // Other APIs go up to 2.
  if (temperature !== undefined) return { temperature: Math.min(1, Math.max(0, temperature)) };
  return topP === undefined ? {} : { top_p: topP };
}

function encodeTier(request: ResponsesRequest, dialect: MessagesDialect): JsonObject {
  const tier = ownValue(dialect.serviceTiers, request.serviceTier ?? '');
  return tier === undefined ? {} : { service_tier: tier };
}
