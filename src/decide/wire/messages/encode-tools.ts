/** Tools and the choice among them, as Messages want them (wire-facts §3.4). */
import { asBoolean, asObject, asObjects, asString, isObject, type JsonObject } from '../read-json.ts';
import { type ResponsesRequest, type Result, refuse } from '../responses/request.ts';
import type { FlatTool, ToolBridge } from '../tools/bridge-tools.ts';
import type { Message } from './encode-turns.ts';

export interface EncodedTools {
  readonly tools: readonly JsonObject[];
  /** Types of the tools that are not offered. */
  readonly dropped: readonly string[];
  readonly choice: ToolChoice;
}

export type ToolChoice =
  | { readonly type: 'auto' }
  | { readonly type: 'none' }
  /** A call at any price. */
  | { readonly type: 'any' }
  | { readonly type: 'tool'; readonly name: string };

export function encodeTools(request: ResponsesRequest, bridge: ToolBridge): Result<EncodedTools> {
  const { toolChoice } = request;
  const hosted = encodeHosted(bridge);
  const dropped = bridge.hosted.length > hosted.length ? [...bridge.dropped, 'web_search'] : bridge.dropped;
  const all = (choice: ToolChoice, tools: readonly FlatTool[] = bridge.tools): Result<EncodedTools> => ({
    ok: true,
    value: { tools: [...tools.map(encodeTool), ...hosted], dropped, choice },
  });
  if (isObject(toolChoice)) return encodeNamedChoice(toolChoice, bridge, all);
  switch (toolChoice) {
    case 'none':
      return all({ type: 'none' });
    case 'required':
      return all({ type: 'any' });
    default:
      return all({ type: 'auto' });
  }
}

function encodeNamedChoice(
  choice: JsonObject,
  bridge: ToolBridge,
  all: (choice: ToolChoice, tools?: readonly FlatTool[]) => Result<EncodedTools>,
): Result<EncodedTools> {
  const flatName = (named: JsonObject): string =>
    bridge.flatName(asString(named['name']) ?? '', asString(named['namespace']));
  switch (choice['type']) {
    case 'function':
    case 'custom': {
      const name = flatName(choice);
      return bridge.tools.some((tool) => tool.name === name)
        ? all({ type: 'tool', name })
        : refuse('BAD_REQUEST', 'tool_choice', 'tool_choice names a tool that is not offered');
    }
    case 'allowed_tools': {
      const allowed = new Set(asObjects(choice['tools']).map(flatName));
      const tools = bridge.tools.filter((tool) => allowed.has(tool.name));
      return all({ type: choice['mode'] === 'required' && tools.length > 0 ? 'any' : 'auto' }, tools);
    }
    default:
      return refuse('TARGET_UNSUPPORTED', 'tool_choice', 'this target has no such tool to choose');
  }
}

function encodeTool(tool: FlatTool): JsonObject {
  return {
    name: tool.name,
    ...(tool.description === '' ? {} : { description: tool.description }),
    input_schema: tool.parameters,
  };
}

/** A name can be given only once, and a function of the client's own comes first. */
function encodeHosted({ hosted, tools }: ToolBridge): readonly JsonObject[] {
  const [search] = hosted.flatMap(encodeSearch);
  return search === undefined || tools.some((tool) => tool.name === search['name']) ? [] : [search];
}

/** The hosted search, but for clients that only allow what is in a cache: this one asks the web itself. */
function encodeSearch(tool: JsonObject): readonly JsonObject[] {
  if (asString(tool['type'])?.startsWith('web_search') !== true || asBoolean(tool['external_web_access']) === false) {
    return [];
  }
  const allowed = asObject(tool['filters'])?.['allowed_domains'];
  const location = asObject(tool['user_location']);
  return [
    {
      type: 'web_search_20250305',
      name: 'web_search',
      ...(Array.isArray(allowed) && allowed.length > 0 ? { allowed_domains: allowed } : {}),
      ...(location?.['type'] === 'approximate' ? { user_location: location } : {}),
    },
  ];
}

/**
 * Definitions for tools that only the history still knows, as in Codex's local compaction: blocks of a tool need
 * `tools` in the request.
 */
export function stubTools(messages: readonly Message[]): readonly JsonObject[] {
  const names = new Set<string>();
  for (const { content } of messages) {
    for (const block of content) if (block['type'] === 'tool_use') names.add(asString(block['name']) ?? '');
  }
  return [...names].map((name) => ({ name, input_schema: { type: 'object', properties: {} } }));
}
