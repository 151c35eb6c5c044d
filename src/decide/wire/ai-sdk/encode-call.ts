/** A Responses request as call options of the AI SDK's language models, as JSON. Pure, and the same bytes for the same request. */
import type { IsForeign } from '../../continuity/drop-sealed-state.ts';
import type { StateOwner } from '../../continuity/envelope.ts';
import type { StatedFacts } from '../lane-codec.ts';
import { findMessagesDialect } from '../messages/dialects.ts';
import { asBlocks, hasCalls } from '../messages/encode-request.ts';
import { encodeTools, stubTools, type ToolChoice } from '../messages/encode-tools.ts';
import { encodeTurns } from '../messages/encode-turns.ts';
import { asObject, type JsonObject } from '../read-json.ts';
import { arrangeTurns } from '../responses/arrange-turns.ts';
import { findUnsupportedItem } from '../responses/item-support.ts';
import { callIdsOf, findServerState, type ResponsesRequest, type Result, refuse } from '../responses/request.ts';
import { schemaPrompt } from '../responses/schema-prompt.ts';
import { bridgeTools, type ToolBridge } from '../tools/bridge-tools.ts';
import type { AiSdkDialect } from './ai-sdk-dialect.ts';
import { planModel } from './plan-model.ts';
import { type RenderedMessage, renderPrompt } from './render-prompt.ts';

export interface AiSdkTarget extends Pick<StatedFacts, 'images' | 'maxOutputTokens'> {
  readonly dialect: AiSdkDialect;
  /** The model name sent upstream. */
  readonly model: string;
  /** Whose thinking may be sent there, and under whose name new thinking is kept. */
  readonly owner: StateOwner;
  readonly isForeign?: IsForeign;
}

export interface EncodedCall {
  /** `LanguageModelV4CallOptions`, but for what cannot be JSON. */
  readonly options: JsonObject;
  readonly bridge: ToolBridge;
  /** Types of the tools that are not offered. */
  readonly droppedTools: readonly string[];
  /** Call ids of the history: the answer must not use them again. */
  readonly usedCallIds: ReadonlySet<string>;
  /** The model cannot be relied on to keep to it. */
  readonly schemaToCheck?: JsonObject;
  readonly endsWithGoOn: boolean;
}

export function encodeCall(request: ResponsesRequest, target: AiSdkTarget): Result<EncodedCall> {
  const problem = findServerState(request) ?? findUnsupportedItem(request);
  if (problem !== undefined) return { ok: false, problem };
  const { dialect, model } = target;
  const bridged = bridgeTools(request, dialect.tools);
  if (!bridged.ok) return bridged;
  const offered = encodeTools(request, bridged.value);
  if (!offered.ok) return offered;
  const { choice, dropped } = offered.value;
  const isForbidden = choice.type === 'none' && !dialect.canForbidCalls;
  const tools = isForbidden ? [] : offered.value.tools;
  const format = encodeFormat(request.format, tools.length > 0, target);
  if (!format.ok) return format;

  const { turns } = arrangeTurns(request.input);
  // Calls of a history need tools in the request, as in Codex's local compaction, and none of them may be called.
  const needsStubs = tools.length === 0 && turns.some(hasCalls);
  const callsAsText = needsStubs && !dialect.canForbidCalls;
  const forcesCall = tools.length > 0 && (choice.type === 'any' || choice.type === 'tool');
  // A file that the target cannot read is refused when it is rendered.
  const turnOptions = {
    target: messagesTarget(target),
    bridge: bridged.value,
    rules: { images: target.images ?? true, documents: true },
  };
  const encoded = encodeTurns(turns, { ...turnOptions, keepsThinking: !callsAsText });
  if (!encoded.ok) return encoded;
  const { schemaToCheck, responseFormat } = format.value;
  const maxOutputTokens = request.maxOutputTokens ?? target.maxOutputTokens;
  const limited = maxOutputTokens === undefined ? request : { ...request, maxOutputTokens };
  const plan = planModel({ request: limited, model, forcesCall, messages: encoded.value.messages }, dialect);
  const kept = plan.dropsThinking ? encodeTurns(turns, { ...turnOptions, keepsThinking: false }) : encoded;
  if (!kept.ok) return kept;
  const { system, messages, endsWithGoOn } = kept.value;
  const prompt = renderPrompt(
    [...asBlocks(request.instructions), ...system, ...asBlocks(format.value.prompt)],
    messages,
    { dialect, model, callsAsText },
  );
  if (!prompt.ok) return prompt;
  return {
    ok: true,
    value: {
      options: {
        prompt: plan.cachePoints ? placeCachePoints(prompt.value) : prompt.value,
        ...(needsStubs && !callsAsText
          ? encodeOffer(stubTools(messages), NO_CALL)
          : tools.length === 0
            ? {}
            : encodeOffer(tools, plan.looseChoice ? AUTO : choice)),
        ...(responseFormat === undefined ? {} : { responseFormat }),
        ...plan.options,
      },
      bridge: bridged.value,
      droppedTools: dropped,
      usedCallIds: callIdsOf(request),
      ...(schemaToCheck === undefined ? {} : { schemaToCheck }),
      endsWithGoOn,
    },
  };
}

const AUTO: ToolChoice = { type: 'auto' };
const NO_CALL: ToolChoice = { type: 'none' };

/** Turns are put into content blocks as for Messages, thoughts of the target's own included. */
function messagesTarget({ model, owner, isForeign }: AiSdkTarget) {
  const dialect = { ...findMessagesDialect(undefined), unsignedThinking: true };
  return { dialect, model, owner, ...(isForeign === undefined ? {} : { isForeign }) };
}

function encodeOffer(tools: readonly JsonObject[], choice: ToolChoice): JsonObject {
  return {
    tools: tools.map(({ input_schema: inputSchema, ...tool }) => ({ type: 'function', ...tool, inputSchema })),
    toolChoice: encodeChoice(choice),
  };
}

function encodeChoice(choice: ToolChoice): JsonObject {
  switch (choice.type) {
    case 'auto':
    case 'none':
      return { type: choice.type };
    case 'any':
      return { type: 'required' };
    case 'tool':
      return { type: 'tool', toolName: choice.name };
  }
}

interface EncodedFormat {
  readonly responseFormat?: JsonObject;
  readonly prompt: string;
  readonly schemaToCheck?: JsonObject;
}

/** Said to the provider where it can hold a model to it, told to the model elsewhere; checked by us in any case. */
function encodeFormat(
  format: JsonObject | undefined,
  hasTools: boolean,
  { dialect, model }: AiSdkTarget,
): Result<EncodedFormat> {
  const kind = format?.['type'];
  if (kind === undefined) return { ok: true, value: { prompt: '' } };
  if (kind !== 'json_object' && kind !== 'json_schema')
    return refuse('TARGET_UNSUPPORTED', 'text.format', 'this target has no such output format');
  const schema = kind === 'json_schema' ? (asObject(format?.['schema']) ?? {}) : { type: 'object' };
  const isNative = kind === 'json_schema' && (hasTools ? dialect.structuredWithTools : dialect.structured).test(model);
  return {
    ok: true,
    value: isNative
      ? { responseFormat: { type: 'json', schema }, prompt: '', schemaToCheck: schema }
      : { prompt: schemaPrompt(schema), schemaToCheck: schema },
  };
}

const CACHE_POINT = { providerOptions: { amazonBedrock: { cachePoint: { type: 'default' } } } };

/** All of the system prompt, and the last two turns that are not the model's: see `placeBreakpoints`. */
function placeCachePoints(prompt: readonly RenderedMessage[]): readonly RenderedMessage[] {
  const lastSystem = prompt.findLastIndex(({ role }) => role === 'system');
  const marked = new Set([lastSystem]);
  for (let at = prompt.length - 1, left = 2; at >= 0 && left > 0; at -= 1) {
    const role = prompt[at]?.role;
    if (role !== 'user' && role !== 'tool') continue;
    marked.add(at);
    left -= 1;
  }
  return prompt.map((message, at) => (marked.has(at) ? { ...message, ...CACHE_POINT } : message));
}
