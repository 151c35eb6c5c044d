/**
 * A request for a vendor that runs OpenAI's own API: everything stays as Codex wrote it, but for the few things that
 * the vendor refuses and what must not travel. Its answers need no mapping.
 */
import { textOfJson } from '../../../core/text-of-json.ts';
import { type IsForeign, readableItem } from '../../continuity/drop-sealed-state.ts';
import { asObject, asObjects, asString, isObject, type JsonObject } from '../read-json.ts';
import { type Result, refuse } from '../responses/request.ts';
import { handlingOf } from '../tools/tool-contract.ts';
import { fitEffort } from './responses-dialect.ts';
import type { SanitiseTarget } from './sanitise-request.ts';

export interface AdaptedRequest {
  readonly body: JsonObject;
  /** Types of the tools that were left out. */
  readonly droppedTools: readonly string[];
}

/** Codex adds it to every item for a provider that is named OpenAI: ids of its user's session (wire-facts §1.5). */
const PASSTHROUGH = 'internal_chat_message_metadata_passthrough';
/** Comes with it, and repeats what `reasoning` says of the effort. */
const ONLY_FOR_OPENAI = 'configuration_update';

export function adaptNativeRequest(raw: JsonObject, target: SanitiseTarget): Result<AdaptedRequest> {
  const { dialect, model } = target;
  const describes = dialect.refusesEmptyDescriptions === true;
  const tools = new Map<string, JsonObject>();
  const dropped = new Set<string>();
  const offer = (offered: unknown): Result<undefined> => {
    for (const tool of asObjects(offered)) {
      const type = asString(tool['type']) ?? '';
      const handling = handlingOf(dialect.tools, type);
      if (handling === 'refused') return refuse('TARGET_UNSUPPORTED', 'tools', 'this target has no tools of this type');
      // The newest definition of a name wins, in its old place.
      if (handling === 'dropped') dropped.add(type);
      else tools.set(`${type}:${asString(tool['name']) ?? ''}`, describes ? describeTool(tool) : tool);
    }
    return { ok: true, value: undefined };
  };
  const topLevel = offer(raw['tools']);
  if (!topLevel.ok) return topLevel;
  const input: unknown[] = [];
  for (const item of Array.isArray(raw['input']) ? raw['input'] : []) {
    if (!isObject(item)) input.push(item);
    else if (item['type'] === ONLY_FOR_OPENAI) continue;
    else if (item['type'] === 'additional_tools' && dialect.additionalTools === 'hoisted') {
      const hoisted = offer(item['tools']);
      if (!hoisted.ok) return hoisted;
    } else {
      const adapted = adaptItem(item, target.isForeign);
      if (!adapted.ok) return adapted;
      input.push(...(describes ? adapted.value.map(describeOffer) : adapted.value));
    }
  }
  const reasoning = asObject(raw['reasoning']);
  const effort = asString(reasoning?.['effort']);
  const { client_metadata: _codexOwn, ...rest } = raw;
  const body = {
    ...rest,
    model,
    ...(Array.isArray(raw['input']) ? { input } : {}),
    ...(tools.size > 0 || Array.isArray(raw['tools']) ? { tools: [...tools.values()] } : {}),
    ...(effort === undefined ? {} : { reasoning: { ...reasoning, effort: fitEffort(dialect.effort, model, effort) } }),
  };
  return { ok: true, value: { body, droppedTools: [...dropped] } };
}

/** Tools that an item offers: code mode's, and those that were searched for. */
function describeOffer(item: JsonObject): JsonObject {
  return Array.isArray(item['tools']) ? { ...item, tools: asObjects(item['tools']).map(describeTool) } : item;
}

/** Codex says nothing of the namespace of its own functions (openai/codex#37380). A namespace cannot do without. */
function describeTool(tool: JsonObject): JsonObject {
  const described = Array.isArray(tool['tools']) ? describeOffer(tool) : tool;
  if (tool['description'] !== '') return described;
  const { description: _empty, ...rest } = described;
  return tool['type'] === 'namespace' ? { ...described, description: `Tools of ${textOfJson(tool['name'])}.` } : rest;
}

function adaptItem(item: JsonObject, isForeign: IsForeign): Result<readonly JsonObject[]> {
  const { [PASSTHROUGH]: _ofOpenAi, ...rest } = item;
  const readable = readableItem(PASSTHROUGH in item ? rest : item, isForeign);
  return readable === 'unreadable'
    ? refuse('TARGET_UNSUPPORTED', 'input', 'the compacted history can only be read by the provider that made it')
    : { ok: true, value: readable };
}
