/**
 * What real Responses servers reject, written down without looking at our own dialect data (wire-facts §4, and the
 * servers' own sources where they are public): an adaptation that is wrong about a vendor is found here.
 */
import { asObjects, isObject, type JsonObject, parseJson } from '../../read-json.ts';

interface Strictness {
  readonly toolTypes: readonly string[];
  readonly itemTypes: readonly string[];
  readonly efforts: readonly string[];
  readonly fields?: readonly string[];
  readonly forbiddenFields?: readonly string[];
  readonly maxTools?: number;
  readonly textOutputs?: true;
  readonly storeMustBeFalse?: true;
  readonly reasoningNeedsContent?: true;
  /** The history becomes a chat template: one system text, alternating turns, a user's turn at the end. */
  readonly isTemplate?: true;
  readonly noForcedCalls?: true;
  readonly noDeveloper?: true;
}

const BASE_ITEMS = ['message', 'reasoning', 'function_call', 'function_call_output'];
const LOW_TO_HIGH = ['low', 'medium', 'high'];
const FUNCTIONS: Strictness = { toolTypes: ['function'], itemTypes: BASE_ITEMS, efforts: LOW_TO_HIGH };
const LOCAL: Strictness = { ...FUNCTIONS, isTemplate: true, noDeveloper: true };
const OPENAI: Strictness = {
  toolTypes: ['function', 'custom', 'namespace', 'tool_search', 'web_search', 'image_generation'],
  itemTypes: [...BASE_ITEMS, 'custom_tool_call', 'custom_tool_call_output', 'tool_search_call', 'tool_search_output', 'additional_tools', 'compaction', 'web_search_call'],
  efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
};
const withoutAdditionalTools = OPENAI.itemTypes.filter((type) => type !== 'additional_tools');

const SERVERS: Readonly<Record<string, Strictness>> = {
  compatible: { ...OPENAI, efforts: [...OPENAI.efforts, 'ultra'] },
  azure: OPENAI,
  bedrock: { ...OPENAI, toolTypes: ['function', 'custom', 'namespace', 'tool_search'], itemTypes: withoutAdditionalTools },
  'bedrock-mantle': { ...OPENAI, itemTypes: withoutAdditionalTools },
  generic: FUNCTIONS,
  openrouter: { ...FUNCTIONS, efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'], storeMustBeFalse: true },
  xai: {
    ...FUNCTIONS,
    toolTypes: ['function', 'web_search', 'x_search', 'image_generation', 'file_search', 'code_interpreter', 'mcp', 'shell'],
    forbiddenFields: ['prompt_cache_retention', 'safety_identifier'],
    maxTools: 200,
  },
  deepseek: {
    ...FUNCTIONS,
    toolTypes: ['function', 'custom', 'web_search'],
    itemTypes: [...BASE_ITEMS, 'custom_tool_call', 'custom_tool_call_output'],
    efforts: ['low', 'medium', 'high', 'max'],
  },
  dashscope: { ...FUNCTIONS, efforts: ['none', 'minimal', ...LOW_TO_HIGH] },
  minimax: { ...LOCAL, efforts: ['none', ...LOW_TO_HIGH], noForcedCalls: true },
  together: { ...FUNCTIONS, forbiddenFields: ['store'] },
  fireworks: { ...FUNCTIONS, storeMustBeFalse: true },
  groq: { ...FUNCTIONS, noDeveloper: true },
  huggingface: FUNCTIONS,
  databricks: FUNCTIONS,
  cloudflare: { ...FUNCTIONS, noDeveloper: true },
  ollama: { ...LOCAL, efforts: ['none', ...LOW_TO_HIGH], noForcedCalls: true },
  lmstudio: LOCAL,
  vllm: LOCAL,
  sglang: LOCAL,
  llamacpp: { ...LOCAL, textOutputs: true, reasoningNeedsContent: true },
};

/** Nobody's fields but OpenAI's: who is not known to run its API may not see them. */
const OPENAI_FIELDS = ['context', 'verbosity', 'external_web_access', 'phase', 'caller', 'namespace'];
const NEVER = ['client_metadata', 'internal_chat_message_metadata_passthrough'];

/** Everything the server would answer 400 for, or should never have been told; empty if it accepts. */
export function findRejections(body: unknown, server: string): readonly string[] {
  const rules = SERVERS[server];
  if (rules === undefined) throw new Error(`no strict server called ${server}`);
  if (!isObject(body)) return ['the body is not an object'];
  const found: string[] = [];
  const isOpenAi = rules.toolTypes.includes('namespace');
  const names = keysIn(body);
  for (const key of [...NEVER, ...(isOpenAi ? [] : OPENAI_FIELDS)]) if (names.has(key)) found.push(`unknown field ${key}`);
  for (const field of rules.forbiddenFields ?? []) if (field in body) found.push(`unknown field ${field}`);
  const text = JSON.stringify(body);
  for (const secret of ['gAAAA', 'hf1_metadata.', 'hf1_metadata_portable.', 'call_gone']) if (text.includes(secret)) found.push(`leaks ${secret}`);
  if (rules.storeMustBeFalse === true && body['store'] !== false) found.push('store is not false');
  found.push(...checkTools(body, rules), ...checkItems(body, rules, isOpenAi));
  const effort = (body['reasoning'] as JsonObject | undefined)?.['effort'];
  if (effort !== undefined && !rules.efforts.includes(String(effort))) found.push(`effort ${String(effort)}`);
  return found;
}

/** Names of all fields, but not of those inside a tool's schema. */
function keysIn(value: unknown, names = new Set<string>()): ReadonlySet<string> {
  if (Array.isArray(value)) for (const inner of value) keysIn(inner, names);
  else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      names.add(key);
      if (key !== 'parameters' && key !== 'schema') keysIn(inner, names);
    }
  }
  return names;
}

function checkTools(body: JsonObject, rules: Strictness): readonly string[] {
  const found: string[] = [];
  const tools = asObjects(body['tools']);
  if (Array.isArray(body['tools']) && tools.length === 0 && !rules.toolTypes.includes('namespace')) found.push('no tools');
  if (tools.length > (rules.maxTools ?? Number.POSITIVE_INFINITY)) found.push('too many tools');
  const seen = new Set<unknown>();
  for (const tool of tools) {
    if (!rules.toolTypes.includes(String(tool['type']))) found.push(`tool type ${String(tool['type'])}`);
    if (tool['name'] === undefined) continue;
    if (seen.has(tool['name'])) found.push('a tool is defined twice');
    seen.add(tool['name']);
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(tool['name']))) found.push('a tool has an invalid name');
    if (tool['type'] !== 'function') continue;
    if (!isObject(tool['parameters']) || tool['parameters']['type'] !== 'object') found.push('parameters are no object schema');
  }
  const choice = body['tool_choice'];
  if (tools.length === 0 && (choice ?? 'none') !== 'none' && !rules.toolTypes.includes('namespace')) found.push('tool_choice without tools');
  if (rules.noForcedCalls === true && (choice ?? 'auto') !== 'auto') found.push('tool_choice');
  if (isObject(choice) && choice['name'] !== undefined && !seen.has(choice['name'])) found.push('tool_choice names no tool');
  return found;
}

function checkItems(body: JsonObject, rules: Strictness, isOpenAi: boolean): readonly string[] {
  const found: string[] = [];
  const open = new Set<unknown>();
  const ids = new Set<unknown>();
  const items = asObjects(body['input']);
  for (const item of items) {
    const type = String(item['type']);
    if (!rules.itemTypes.includes(type)) found.push(`item type ${type}`);
    if (item['id'] !== undefined && ids.has(item['id'])) found.push('an id is used twice');
    ids.add(item['id']);
    if (type === 'reasoning' && 'content' in item && !Array.isArray(item['content']) && !isOpenAi) found.push('reasoning.content is null');
    if (type === 'reasoning' && rules.reasoningNeedsContent === true && asObjects(item['content']).length === 0) found.push('reasoning without content');
    if (type === 'message') found.push(...checkMessage(item, rules, isOpenAi));
    if (type.endsWith('_call')) {
      if (type === 'function_call' && !isObject(parseJson(String(item['arguments']))) && !isOpenAi) found.push('arguments are no object');
      open.add(item['call_id']);
    } else if (type.endsWith('_output')) {
      if (!open.delete(item['call_id'])) found.push('an output without a call');
      if (rules.textOutputs === true && typeof item['output'] !== 'string') found.push('output is no string');
    } else if (open.size > 0 && !isOpenAi && type !== 'reasoning' && item['role'] !== 'assistant') found.push('a call without its output');
  }
  if (open.size > 0 && !isOpenAi) found.push('a call without its output');
  if (rules.isTemplate === true) found.push(...checkTemplate(items));
  return found;
}

function checkMessage(item: JsonObject, rules: Strictness, isOpenAi: boolean): readonly string[] {
  const found: string[] = [];
  if (rules.noDeveloper === true && item['role'] === 'developer') found.push('role developer');
  if (isOpenAi) return found;
  const wanted = item['role'] === 'assistant' ? ['output_text'] : ['input_text', 'input_image', 'input_file'];
  if (!Array.isArray(item['content']) || item['content'].length === 0) found.push('a message without content');
  for (const part of asObjects(item['content'])) {
    if (!wanted.includes(String(part['type']))) found.push(`${String(item['role'])} says ${String(part['type'])}`);
    if (part['detail'] === 'original') found.push('detail original');
  }
  // The full form is what a typed server tells an earlier answer by.
  if (item['role'] === 'assistant' && (item['id'] === undefined || item['status'] === undefined)) found.push('an assistant without id');
  return found;
}

function checkTemplate(items: readonly JsonObject[]): readonly string[] {
  const found: string[] = [];
  if (items.some((item) => item['role'] === 'system')) found.push('a second system message');
  items.forEach((item, at) => {
    if (item['role'] === 'user' && items[at - 1]?.['role'] === 'user') found.push('users do not alternate');
  });
  const last = items.at(-1);
  if (last?.['role'] !== 'user' && !String(last?.['type']).endsWith('_output')) found.push('the assistant has the last word');
  return found;
}
