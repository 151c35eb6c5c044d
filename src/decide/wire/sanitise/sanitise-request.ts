/** A Responses request as one vendor takes it (wire-facts §3.0, §4). Pure, and the same bytes for the same request. */
import type { IsForeign } from '../../continuity/drop-sealed-state.ts';
import type { StateOwner } from '../../continuity/envelope.ts';
import type { LaneContext } from '../lane-codec.ts';
import { asObject, asObjects, asString, type JsonObject } from '../read-json.ts';
import { arrangeTurns } from '../responses/arrange-turns.ts';
import { findUnsupportedItem } from '../responses/item-support.ts';
import { findServerState, type ResponsesRequest, type Result, refuse } from '../responses/request.ts';
import { bridgeTools, type FlatTool, type ToolBridge } from '../tools/bridge-tools.ts';
import { portableHistory } from './portable-items.ts';
import { fitEffort, type PortableRules, type ResponsesDialect } from './responses-dialect.ts';

export interface SanitiseTarget {
  readonly dialect: ResponsesDialect;
  /** The model name sent upstream. */
  readonly model: string;
  /** Whose reasoning state may be sent there, and under whose name new state is kept. */
  readonly owner: StateOwner;
  /** The target is known not to be able to read this sealed state. */
  readonly isForeign: IsForeign;
  /** Default: `prompt_cache_key` is sent as it is. */
  readonly pseudonym?: LaneContext['pseudonym'];
}

export interface PortableRequest {
  /** For JSON as it is: the order of its keys never changes. */
  readonly body: JsonObject;
  /** The way back for the answer's tool calls. */
  readonly bridge: ToolBridge;
  /** Types of the tools that were left out. */
  readonly droppedTools: readonly string[];
}

/** For a dialect with `portable` rules. `stream`: whether the upstream is asked to stream. */
export function encodePortableRequest(
  request: ResponsesRequest,
  target: SanitiseTarget & { readonly rules: PortableRules },
  stream: boolean,
): Result<PortableRequest> {
  const problem = findServerState(request) ?? findUnsupportedItem(request);
  if (problem !== undefined) return { ok: false, problem };
  const { dialect, rules } = target;
  const bridged = bridgeTools(request, dialect.tools);
  if (!bridged.ok) return bridged;
  const bridge = bridged.value;
  const hosted = fitHosted(bridge.hosted, rules);
  const count = bridge.tools.length + hosted.kept.length;
  if (dialect.maxTools !== undefined && count > dialect.maxTools) {
    return refuse('TARGET_UNSUPPORTED', 'tools', `${count} tools are more than the ${dialect.maxTools} it takes`);
  }
  const hasCustomTools = dialect.tools.handling.custom === 'native';
  const tools = encodeTools(request, bridge, hosted.kept, { rules, hasCustomTools });
  if (!tools.ok) return tools;
  const { owner, isForeign } = target;
  const history = portableHistory(arrangeTurns(request.input).turns, {
    rules,
    bridge,
    owner,
    hasCustomTools,
    isForeign,
  });
  if (!history.ok) return history;
  if (!FORMATS.has(asString(request.format?.['type']) ?? 'text'))
    return refuse('TARGET_UNSUPPORTED', 'text.format', 'this target has no such output format');
  const instructions = [request.instructions ?? '', ...history.value.instructions].filter((text) => text !== '');
  return {
    ok: true,
    value: {
      body: {
        model: target.model,
        ...(instructions.length === 0 ? {} : { instructions: instructions.join('\n\n') }),
        input: history.value.items,
        ...tools.value,
        ...encodeReasoning(request, target),
        ...(request.format === undefined ? {} : { text: { format: request.format } }),
        ...(rules.reasoning === 'sealed' ? { include: ['reasoning.encrypted_content'] } : {}),
        ...encodeFields(request, target, 'tools' in tools.value),
        stream,
      },
      bridge,
      droppedTools: [...new Set([...bridge.dropped, ...hosted.dropped])],
    },
  };
}

/** A tool that is asked to look at cached results only must not go looking: where that cannot be said, it is left out. */
function fitHosted(
  hosted: readonly JsonObject[],
  rules: PortableRules,
): { readonly kept: readonly JsonObject[]; readonly dropped: readonly string[] } {
  const kept: JsonObject[] = [];
  const dropped: string[] = [];
  for (const tool of hosted) {
    const type = asString(tool['type']) ?? '';
    if (tool['external_web_access'] === false && !rules.hostedFields.includes('external_web_access'))
      dropped.push(type);
    else kept.push({ type, ...pick(tool, rules.hostedFields) });
  }
  return { kept, dropped };
}

interface ToolRules {
  readonly rules: PortableRules;
  readonly hasCustomTools: boolean;
}

const FORMATS = new Set(['text', 'json_object', 'json_schema']);

/** `tools` and `tool_choice`; neither without tools. */
function encodeTools(
  request: ResponsesRequest,
  bridge: ToolBridge,
  hosted: readonly JsonObject[],
  { rules, hasCustomTools }: ToolRules,
): Result<JsonObject> {
  const { toolChoice } = request;
  if (bridge.tools.length + hosted.length === 0) return { ok: true, value: {} };
  const withTools = (tools: readonly FlatTool[], choice?: unknown): Result<JsonObject> => {
    const all = [...tools.map((tool) => encodeTool(tool, hasCustomTools)), ...hosted];
    return { ok: true, value: { tools: all, ...(choice === undefined ? {} : { tool_choice: choice }) } };
  };
  if (rules.toolChoice === 'auto') {
    if (toolChoice === 'none') return { ok: true, value: {} };
    if (toolChoice === 'auto') return withTools(bridge.tools);
    return refuse('TARGET_UNSUPPORTED', 'tool_choice', 'this target cannot be made to call a tool');
  }
  if (typeof toolChoice === 'string') return withTools(bridge.tools, toolChoice);
  const flatName = (named: JsonObject): string =>
    bridge.flatName(asString(named['name']) ?? '', asString(named['namespace']));
  switch (toolChoice['type']) {
    case 'function':
    case 'custom': {
      const name = flatName(toolChoice);
      if (bridge.tools.every((tool) => tool.name !== name))
        return refuse('BAD_REQUEST', 'tool_choice', 'tool_choice names a tool that is not offered');
      const type = toolChoice['type'] === 'custom' && hasCustomTools ? 'custom' : 'function';
      return withTools(bridge.tools, { type, name });
    }
    case 'allowed_tools': {
      const allowed = new Set(asObjects(toolChoice['tools']).map(flatName));
      const tools = bridge.tools.filter((tool) => allowed.has(tool.name));
      if (tools.length === 0) return { ok: true, value: {} };
      return withTools(tools, toolChoice['mode'] === 'required' ? 'required' : 'auto');
    }
    default:
      return refuse('TARGET_UNSUPPORTED', 'tool_choice', 'this target has no such tool to choose');
  }
}

/** Some servers take what is missing for `strict: true`, so everything is said. */
function encodeTool(tool: FlatTool, hasCustomTools: boolean): JsonObject {
  const { name, description, parameters, strict, origin, definition } = tool;
  if (origin.kind === 'custom' && hasCustomTools) {
    return { type: 'custom', name, ...pick(definition, ['description', 'format']) };
  }
  return { type: 'function', name, description, parameters, strict };
}

function encodeReasoning(request: ResponsesRequest, { dialect, model }: SanitiseTarget): JsonObject {
  const effort = request.effort === undefined ? undefined : fitEffort(dialect.effort, model, request.effort);
  const summary = asString(asObject(request.raw['reasoning'])?.['summary']);
  if (effort === undefined && summary === undefined) return {};
  return {
    reasoning: { ...(effort === undefined ? {} : { effort }), ...(summary === undefined ? {} : { summary }) },
  };
}

function encodeFields(
  request: ResponsesRequest,
  { rules, pseudonym }: { readonly rules: PortableRules } & Pick<SanitiseTarget, 'pseudonym'>,
  hasTools: boolean,
): JsonObject {
  const taken = hasTools ? rules.fields : rules.fields.filter((field) => field !== 'parallel_tool_calls');
  const picked = pick(request.raw, taken);
  const { prompt_cache_key: cacheKey } = picked;
  // Codex puts its session's id there: to others it is a name that means nothing.
  const fields =
    typeof cacheKey === 'string' ? { ...picked, prompt_cache_key: pseudonym?.(cacheKey) ?? cacheKey } : picked;
  return rules.fields.includes('store') ? { ...fields, store: false } : fields;
}

/** The named fields that are there, in the order of the names. */
function pick(from: JsonObject, names: readonly string[]): JsonObject {
  const picked: Record<string, unknown> = {};
  for (const name of names) if (from[name] !== undefined && from[name] !== null) picked[name] = from[name];
  return picked;
}
