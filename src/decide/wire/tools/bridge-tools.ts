/**
 * Codex's tools as a flat list of functions, and the way back (wire-facts §1.6, §3.0). Everything follows from the
 * request alone, so a retry in another process maps the same names.
 */
import { asObject, asObjects, asString, isObject, type JsonObject, parseJson } from '../read-json.ts';
import type { Item } from '../responses/items.ts';
import { type ResponsesRequest, type Result, refuse } from '../responses/request.ts';
import { fitInputSchema } from './fit-input-schema.ts';
import { createFlatNames, type FlatNames, type ToolOrigin } from './flat-names.ts';
import { handlingOf, type ToolContract, toolKind } from './tool-contract.ts';

export interface FlatTool {
  /** `^[a-zA-Z0-9_-]+$`, within the contract's length. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema, its root always a plain object. */
  readonly parameters: JsonObject;
  /** Only if the client asked for it. */
  readonly strict: boolean;
  readonly origin: ToolOrigin;
  /** As the client defined it. */
  readonly definition: JsonObject;
}

/** A call in the form that Codex executes. `text` is the arguments' JSON, or a custom tool's raw input. */
export interface RestoredCall extends ToolOrigin {
  readonly text: string;
}

export interface ToolBridge {
  /** In the order of first definition; the newest definition of a name wins. */
  readonly tools: readonly FlatTool[];
  /** Hosted tools that the contract calls native, as the client sent them. */
  readonly hosted: readonly JsonObject[];
  /** Types of the tools that were left out, each once. */
  readonly dropped: readonly string[];
  /** The flat name of a tool, also of one that is no longer defined (history may mention it). */
  readonly flatName: (name: string, namespace?: string) => string;
  /** The tool a model means; a name it made up comes back as a plain function, and Codex answers that itself. */
  readonly originOf: (flatName: string) => ToolOrigin;
  readonly restoreCall: (flatName: string, argumentsText: string) => RestoredCall;
}

export function bridgeTools(request: ResponsesRequest, contract: ToolContract): Result<ToolBridge> {
  const names = createFlatNames(contract.maxNameLength);
  const tools = new Map<string, FlatTool>();
  const hosted: JsonObject[] = [];
  const dropped = new Set<string>();

  for (const { tool, param } of offeredTools(request)) {
    const toolType = asString(tool['type']) ?? '';
    const handling = handlingOf(contract, toolType);
    if (handling === 'refused') {
      return refuse('TARGET_UNSUPPORTED', param, `this target has no tools of type ${safeName(toolType)}`);
    }
    if (NAMED.has(toolType) && (asString(tool['name']) ?? '') === '')
      return refuse('BAD_REQUEST', `${param}.name`, 'a tool has no name');
    if (handling === 'dropped') dropped.add(safeName(toolType));
    else if (isHosted(toolType)) hosted.push(tool);
    else for (const flat of flatten(tool, names)) tools.set(flat.name, flat);
  }
  return { ok: true, value: createBridge([...tools.values()], hosted, [...dropped], names) };
}

const NAMED = new Set(['function', 'custom', 'namespace']);

function isHosted(toolType: string): boolean {
  const kind = toolKind(toolType);
  return kind === undefined || kind === 'web_search' || kind === 'image_generation';
}

function createBridge(
  tools: readonly FlatTool[],
  hosted: readonly JsonObject[],
  dropped: readonly string[],
  names: FlatNames,
): ToolBridge {
  const originOf = (flatName: string): ToolOrigin => {
    const exact = names.originOf(flatName);
    if (exact !== undefined) return exact;
    // Models like to write what the prompt calls a tool: its bare or dotted name. Only if that is unambiguous.
    const meant = tools.filter(({ origin }) => {
      return flatName === origin.name || flatName === `${origin.namespace ?? ''}.${origin.name}`;
    });
    const [only] = meant;
    return only !== undefined && meant.length === 1 ? only.origin : { kind: 'function', name: flatName };
  };
  return {
    tools,
    hosted,
    dropped,
    flatName: (name, namespace) => names.nameOf(name, namespace),
    originOf,
    restoreCall: (flatName, argumentsText) => {
      const origin = originOf(flatName);
      return { ...origin, text: origin.kind === 'custom' ? unwrapInput(argumentsText) : argumentsText || '{}' };
    },
  };
}

/** Where a request may define tools, oldest first (wire-facts §0.4, §3.0). */
function* offeredTools(request: ResponsesRequest): Generator<{ readonly tool: JsonObject; readonly param: string }> {
  for (const [at, tool] of request.tools.entries()) yield { tool, param: `tools[${at}]` };
  for (const [itemAt, item] of request.input.entries()) {
    for (const [at, tool] of itemTools(item).entries()) yield { tool, param: `input[${itemAt}].tools[${at}]` };
  }
}

function itemTools(item: Item): readonly JsonObject[] {
  return item.type === 'additional_tools' || item.type === 'tool_search_output' ? item.tools : [];
}

function flatten(tool: JsonObject, names: FlatNames, namespace?: string): readonly FlatTool[] {
  const name = asString(tool['name']) ?? '';
  switch (tool['type']) {
    case 'namespace':
      return asObjects(tool['tools']).flatMap((inner) => flatten(inner, names, name));
    case 'tool_search':
      // One that OpenAI runs itself needs nothing: what it would find is in the list already.
      return tool['execution'] === 'server'
        ? []
        : [flatTool(tool, { kind: 'tool_search', name: 'tool_search' }, names)];
    case 'custom':
      return [flatTool(tool, withNamespace({ kind: 'custom', name }, namespace), names)];
    default:
      return name === '' ? [] : [flatTool(tool, withNamespace({ kind: 'function', name }, namespace), names)];
  }
}

function flatTool(tool: JsonObject, origin: ToolOrigin, names: FlatNames): FlatTool {
  const description = asString(tool['description']) ?? '';
  const isCustom = origin.kind === 'custom';
  return {
    name: names.define(origin),
    description: isCustom ? describeCustom(description, asObject(tool['format'])) : description,
    parameters: isCustom ? CUSTOM_PARAMETERS : fitInputSchema(asObject(tool['parameters']) ?? {}),
    strict: tool['strict'] === true && !isCustom,
    origin,
    definition: tool,
  };
}

function withNamespace(origin: ToolOrigin, namespace: string | undefined): ToolOrigin {
  return namespace === undefined ? origin : { ...origin, namespace };
}

const CUSTOM_PARAMETERS: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string', description: 'The complete raw input of the tool.' } },
  required: ['input'],
  additionalProperties: false,
};

/** A grammar cannot be enforced here, so it is told. A violation comes back to the model as the tool's error. */
function describeCustom(description: string, format: JsonObject | undefined): string {
  const lines = [description, 'Pass the tool\'s whole raw input as the string field "input".'];
  const definition = asString(format?.['definition']);
  if (definition !== undefined) {
    lines.push(`That string must match this ${asString(format?.['syntax']) ?? 'lark'} grammar:\n${definition}`);
  }
  return lines.filter((line) => line !== '').join('\n\n');
}

/** The raw input out of whatever the model made of `{"input": "…"}`. */
export function unwrapInput(argumentsText: string): string {
  const parsed = parseJson(argumentsText);
  if (typeof parsed === 'string') return parsed;
  if (!isObject(parsed)) return argumentsText;
  const input = parsed['input'];
  if (typeof input === 'string') return input;
  const values = Object.values(parsed);
  const [only] = values;
  if (values.length === 1 && typeof only === 'string') return only;
  return values.length === 0 ? '' : argumentsText;
}

/** The reverse, for calls in the history. */
export function wrapInput(input: string): string {
  return JSON.stringify({ input });
}

function safeName(text: string): string {
  return /^[\w.-]{1,64}$/.test(text) ? text : 'unknown';
}
