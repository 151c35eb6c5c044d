/** A Responses request as a Chat Completions body for one target. Pure, and the same bytes for the same request. */
import { asObject, asObjects, asString, type JsonObject, ownValue } from '../read-json.ts';
import { arrangeTurns, type Repair } from '../responses/arrange-turns.ts';
import { findUnsupportedItem } from '../responses/item-support.ts';
import { callIdsOf, findServerState, type ResponsesRequest, type Result, refuse } from '../responses/request.ts';
import { schemaPrompt } from '../responses/schema-prompt.ts';
import { bridgeTools, type FlatTool, type ToolBridge } from '../tools/bridge-tools.ts';
import type { ChatDialect } from './chat-dialect.ts';
import type { ChatTarget } from './chat-target.ts';
import { type ChatMessage, encodeMessages } from './encode-messages.ts';
import { fitRoles } from './fit-roles.ts';

export interface EncodedChatRequest {
  /** For JSON as it is: the order of its keys never changes, since prompt caches compare prefixes. */
  readonly body: JsonObject;
  /** Further request headers, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The way back for the answer's tool calls. */
  readonly bridge: ToolBridge;
  /** Call ids of the history: the answer must not use them again. */
  readonly usedCallIds: ReadonlySet<string>;
  /** To be checked by us, because the vendor only half knows structured output. */
  readonly schemaToCheck?: JsonObject;
  readonly repairs: readonly Repair[];
}

/** `stream`: whether the upstream is asked to stream, whatever the client wants. */
export function encodeChatRequest(
  request: ResponsesRequest,
  target: ChatTarget,
  stream: boolean,
): Result<EncodedChatRequest> {
  const problem = findServerState(request) ?? findUnsupportedItem(request);
  if (problem !== undefined) return { ok: false, problem };
  const { dialect } = target;
  const bridged = bridgeTools(request, dialect.tools);
  if (!bridged.ok) return bridged;
  const bridge = bridged.value;
  const choice = encodeToolChoice(request, bridge, dialect);
  if (!choice.ok) return choice;
  const { turns, repairs } = arrangeTurns(request.input);
  const encoded = encodeMessages(turns, target, bridge);
  if (!encoded.ok) return encoded;
  const format = encodeFormat(request.format, dialect);
  if (!format.ok) return format;
  const { fields, prompt, schemaToCheck } = format.value;
  const system = [request.instructions ?? '', prompt].filter((text) => text !== '');
  const messages = [...system.map((content): ChatMessage => ({ role: 'system', content })), ...encoded.value];

  return {
    ok: true,
    value: {
      body: {
        model: target.model,
        messages: fitRoles(messages, dialect.roles),
        ...choice.value,
        ...fields,
        ...encodeLimits(request, target),
        ...encodeSampling(request, dialect),
        ...dialect.extra,
        ...encodeEffort(request, target),
        ...encodeDelivery(request, target, stream),
        ...target.extraBody,
      },
      headers: cacheHeaders(request, target),
      bridge,
      usedCallIds: callIdsOf(request),
      ...(schemaToCheck === undefined ? {} : { schemaToCheck }),
      repairs,
    },
  };
}

/** `tools`, `tool_choice` and `parallel_tool_calls`; none of them without tools. */
function encodeToolChoice(request: ResponsesRequest, bridge: ToolBridge, dialect: ChatDialect): Result<JsonObject> {
  const { toolChoice } = request;
  const isAuto = toolChoice === 'auto';
  if (bridge.tools.length === 0) return { ok: true, value: {} };
  const parallel =
    dialect.accepts.parallelToolCalls && request.parallelToolCalls !== undefined
      ? { parallel_tool_calls: request.parallelToolCalls }
      : {};
  const withTools = (tools: readonly FlatTool[], choice?: unknown): Result<JsonObject> => ({
    ok: true,
    value: {
      tools: tools.map((tool) => encodeTool(tool, dialect)),
      ...(choice === undefined ? {} : { tool_choice: choice }),
      ...parallel,
    },
  });
  if (dialect.accepts.toolChoice === 'auto') {
    if (toolChoice === 'none') return { ok: true, value: {} };
    if (!isAuto) return refuse('TARGET_UNSUPPORTED', 'tool_choice', 'this target cannot be made to call a tool');
    return withTools(bridge.tools);
  }
  if (typeof toolChoice === 'string') return withTools(bridge.tools, toolChoice);
  return encodeNamedChoice(toolChoice, bridge, withTools);
}

function encodeNamedChoice(
  choice: JsonObject,
  bridge: ToolBridge,
  withTools: (tools: readonly FlatTool[], choice?: unknown) => Result<JsonObject>,
): Result<JsonObject> {
  const flatName = (named: JsonObject): string =>
    bridge.flatName(asString(named['name']) ?? '', asString(named['namespace']));
  switch (choice['type']) {
    case 'function':
    case 'custom': {
      const name = flatName(choice);
      return bridge.tools.some((tool) => tool.name === name)
        ? withTools(bridge.tools, { type: 'function', function: { name } })
        : refuse('BAD_REQUEST', 'tool_choice', 'tool_choice names a tool that is not offered');
    }
    case 'allowed_tools': {
      const allowed = new Set(asObjects(choice['tools']).map(flatName));
      const tools = bridge.tools.filter((tool) => allowed.has(tool.name));
      if (tools.length === 0) return { ok: true, value: {} };
      return withTools(tools, choice['mode'] === 'required' ? 'required' : 'auto');
    }
    default:
      return refuse('TARGET_UNSUPPORTED', 'tool_choice', 'this target has no such tool to choose');
  }
}

function encodeTool(tool: FlatTool, dialect: ChatDialect): JsonObject {
  return {
    type: 'function',
    function: {
      name: tool.name,
      ...(tool.description === '' ? {} : { description: tool.description }),
      parameters: tool.parameters,
      ...(tool.strict && dialect.accepts.strictTools ? { strict: true } : {}),
    },
  };
}

interface EncodedFormat {
  readonly fields: JsonObject;
  readonly prompt: string;
  readonly schemaToCheck?: JsonObject;
}

const JSON_OBJECT: JsonObject = { response_format: { type: 'json_object' } };

function encodeFormat(format: JsonObject | undefined, dialect: ChatDialect): Result<EncodedFormat> {
  switch (format?.['type']) {
    case undefined:
      return { ok: true, value: { fields: {}, prompt: '' } };
    case 'json_object':
      return { ok: true, value: { fields: JSON_OBJECT, prompt: '' } };
    case 'json_schema': {
      const { type: _type, ...json_schema } = format ?? {};
      if (dialect.accepts.responseFormat === 'json_schema') {
        return { ok: true, value: { fields: { response_format: { type: 'json_schema', json_schema } }, prompt: '' } };
      }
      const schema = asObject(json_schema['schema']) ?? {};
      return { ok: true, value: { fields: JSON_OBJECT, prompt: schemaPrompt(schema), schemaToCheck: schema } };
    }
    default:
      return refuse('TARGET_UNSUPPORTED', 'text.format', 'this target has no such output format');
  }
}

function encodeLimits(request: ResponsesRequest, target: ChatTarget): JsonObject {
  const limit = request.maxOutputTokens ?? target.maxOutputTokens;
  return limit === undefined ? {} : { [target.dialect.maxTokensField]: limit };
}

function encodeSampling(request: ResponsesRequest, dialect: ChatDialect): JsonObject {
  const fields: Record<string, unknown> = {};
  for (const field of dialect.accepts.sampling) {
    const value = request.raw[field];
    if (value === undefined || value === null || (field === 'top_logprobs' && value === 0)) continue;
    if (field === 'top_logprobs') fields['logprobs'] = true;
    fields[field] = value;
  }
  return fields;
}

function encodeEffort(request: ResponsesRequest, target: ChatTarget): JsonObject {
  if (request.effort === undefined) return {};
  const model = target.model.toLowerCase();
  const rule = target.dialect.effort.find(
    ({ models }) => models.length === 0 || models.some((part) => model.includes(part)),
  );
  return (rule === undefined ? undefined : ownValue(rule.fields, request.effort)) ?? {};
}

function encodeDelivery(request: ResponsesRequest, target: ChatTarget, stream: boolean): JsonObject {
  const { dialect } = target;
  const cacheKey = cacheKeyOf(request, target);
  const tier = ownValue(dialect.serviceTiers, request.serviceTier ?? '');
  return {
    ...(tier === undefined ? {} : { service_tier: tier }),
    ...(dialect.cacheKey === 'field' && cacheKey !== undefined ? { prompt_cache_key: cacheKey } : {}),
    stream,
    ...(stream && dialect.accepts.usageOption ? { stream_options: { include_usage: true } } : {}),
  };
}

function cacheHeaders(request: ResponsesRequest, target: ChatTarget): Readonly<Record<string, string>> {
  const { cacheKey } = target.dialect;
  const value = cacheKeyOf(request, target);
  if (typeof cacheKey === 'string' || value === undefined) return {};
  return /^[\w.:-]{1,128}$/.test(value) ? { [cacheKey.header]: value } : {};
}

/** Codex puts its session's id there: to others it is a name that means nothing. */
function cacheKeyOf({ promptCacheKey }: ResponsesRequest, { pseudonym }: ChatTarget): string | undefined {
  return promptCacheKey === undefined ? undefined : (pseudonym?.(promptCacheKey) ?? promptCacheKey);
}
