/**
 * What Anthropic's Messages API rejects, written down without looking at our own data on models (wire-facts §3.4 and
 * its sources): an encoder that is wrong about it is found here. Thinking is signed as the real one does it in effect:
 * a signature fits one model, one text and, for models that bind it, everything that was sent before it.
 */
import { isObject, type JsonObject } from '../../read-json.ts';

interface ServerRules {
  readonly maxTokens: number;
  /** `thinking.type` values that it takes. */
  readonly thinking: readonly string[];
  /** Thinks when `thinking` is left out. */
  readonly thinksByDefault?: true;
  readonly efforts: readonly string[];
  readonly sampling?: true;
  /** A call may be forced while it does not think. */
  readonly forced?: true;
  readonly structured?: true;
  readonly bindsPrefix?: true;
  /** DeepSeek: a turn with calls needs thinking, and there are no images. */
  readonly isDeepSeek?: true;
  /** Anthropic itself: knows its betas, wants signatures. */
  readonly isAnthropic?: true;
}

const ALL = ['low', 'medium', 'high', 'xhigh', 'max'];
const CLAUDE = { isAnthropic: true, structured: true } as const;
const SERVERS: Readonly<Record<string, ServerRules>> = {
  'claude-sonnet-5-5': { ...CLAUDE, maxTokens: 128000, thinking: ['adaptive', 'between_tools'], thinksByDefault: true, efforts: ALL, bindsPrefix: true },
  'claude-opus-5-5': { ...CLAUDE, maxTokens: 128000, thinking: ['adaptive'], thinksByDefault: true, efforts: ALL, bindsPrefix: true },
  'claude-fable-5-1': { ...CLAUDE, maxTokens: 128000, thinking: ['adaptive'], thinksByDefault: true, efforts: ALL, bindsPrefix: true },
  'claude-haiku-5-5': { ...CLAUDE, maxTokens: 128000, thinking: ['adaptive', 'disabled'], thinksByDefault: true, efforts: ALL, forced: true, bindsPrefix: true },
  'claude-opus-4-8': { ...CLAUDE, maxTokens: 128000, thinking: ['adaptive', 'disabled'], efforts: ALL, forced: true },
  'claude-opus-4-6': { ...CLAUDE, maxTokens: 128000, thinking: ['adaptive', 'enabled', 'disabled'], efforts: ['low', 'medium', 'high', 'max'], sampling: true, forced: true },
  'claude-haiku-4-5-20251001': { ...CLAUDE, maxTokens: 64000, thinking: ['enabled', 'disabled'], efforts: [], sampling: true, forced: true },
  'claude-newer-9': { ...CLAUDE, maxTokens: 64000, thinking: [], thinksByDefault: true, efforts: ['low', 'medium', 'high'], bindsPrefix: true },
  'deepseek-v4-pro': { maxTokens: 384000, thinking: ['enabled', 'disabled'], thinksByDefault: true, efforts: [], sampling: true, forced: true, isDeepSeek: true },
  'some-model': { maxTokens: 32000, thinking: [], efforts: [], sampling: true, forced: true },
};
export const SERVER_MODELS = Object.keys(SERVERS);

const FIELDS = ['model', 'max_tokens', 'system', 'tools', 'tool_choice', 'thinking', 'output_config', 'temperature', 'top_p', 'service_tier', 'messages', 'stream'];
const BETAS = ['interleaved-thinking-2025-05-14', 'thinking-binding-controls-2026-08-01'];
const SECRETS = ['gAAAA', 'hf1_metadata.', '"namespace"', 'call_gone', 'afterGoOn', 'digest'];

/** Everything that the server would answer 400 for; empty if it accepts. */
export function findRejections(body: unknown, headers: Readonly<Record<string, string>>): readonly string[] {
  if (!isObject(body)) return ['the body is not an object'];
  const rules = SERVERS[String(body['model'])];
  if (rules === undefined) throw new Error(`no strict server for ${String(body['model'])}`);
  const text = JSON.stringify(body);
  const found = [
    ...Object.keys(body).filter((field) => !FIELDS.includes(field)).map((field) => `unknown field ${field}`),
    ...SECRETS.filter((secret) => text.includes(secret)).map((secret) => `leaks ${secret}`),
    ...(headers['anthropic-version'] === '2023-06-01' ? [] : ['no anthropic-version']),
    ...(text.match(/"cache_control"/g) ?? []).slice(4).map(() => 'more than 4 cache breakpoints'),
    ...findBlank('system', body['system']),
    ...findToolProblems(body),
    ...findSettingProblems(body, headers, rules),
  ];
  const { messages } = body;
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isObject)) return [...found, 'no messages'];
  return [...found, ...findRoleProblems(messages), ...findPairingProblems(body, messages), ...findContentProblems(messages, rules), ...findThinkingProblems(body, messages, rules)];
}

/** What the server signs a thought with, given the request that led to it. */
export function signThinking(body: JsonObject, thinking: string): string {
  const rules = SERVERS[String(body['model'])];
  return `sig.${Bun.hash(JSON.stringify([body['model'], thinking, rules?.bindsPrefix ? prefixOf(body, (body['messages'] as JsonObject[]).length) : '']))}`;
}

function prefixOf(body: JsonObject, messages: number): unknown {
  const whole = { system: body['system'], tools: body['tools'], messages: (body['messages'] as JsonObject[]).slice(0, messages) };
  return JSON.parse(JSON.stringify(whole, (key, value) => (key === 'cache_control' ? undefined : value)));
}

function findBlank(at: string, blocks: unknown): readonly string[] {
  if (blocks === undefined) return [];
  if (!Array.isArray(blocks) || blocks.length === 0) return [`${at} is empty`];
  return blocks.flatMap((block, index) => {
    if (block?.type !== 'text') return [];
    return typeof block.text === 'string' && block.text.trim() !== '' ? [] : [`${at}[${index}]: text blocks must not be blank`];
  });
}

function findToolProblems(body: JsonObject): readonly string[] {
  const { tools, tool_choice: choice } = body;
  if (tools === undefined) return choice === undefined ? [] : ['tool_choice without tools'];
  if (!Array.isArray(tools) || tools.length === 0) return ['tools is empty'];
  const names = tools.map((tool) => String(tool?.name));
  const found = names.filter((name) => !/^[a-zA-Z0-9_-]{1,64}$/.test(name)).map((name) => `bad tool name ${name}`);
  if (new Set(names).size !== names.length) found.push('two tools of one name');
  for (const tool of tools) {
    if (String(tool?.type).startsWith('web_search_')) continue;
    for (const key of Object.keys(tool ?? {})) if (!['name', 'description', 'input_schema', 'cache_control'].includes(key)) found.push(`tool field ${key}`);
    const schema = tool?.input_schema;
    if (schema?.type !== 'object') found.push('input_schema is no object schema');
    if (['anyOf', 'oneOf', 'allOf', '$ref'].some((key) => key in (schema ?? {}))) found.push('input_schema has alternatives at its root');
  }
  if (isObject(choice)) {
    if (choice['type'] === 'tool' && !names.includes(String(choice['name']))) found.push('tool_choice names no tool');
    if (choice['type'] === 'none' && 'disable_parallel_tool_use' in choice) found.push('none takes nothing else');
  }
  return found;
}

function findSettingProblems(body: JsonObject, headers: Readonly<Record<string, string>>, rules: ServerRules): readonly string[] {
  const found: string[] = [];
  const { max_tokens: maxTokens, thinking, output_config: output, tool_choice: choice } = body;
  if (!Number.isInteger(maxTokens) || Number(maxTokens) < 1 || Number(maxTokens) > rules.maxTokens) found.push(`max_tokens ${maxTokens}`);
  const betas = (headers['anthropic-beta'] ?? '').split(',').filter((beta) => beta !== '');
  for (const beta of betas) if (!rules.isAnthropic || !BETAS.includes(beta)) found.push(`unknown beta ${beta}`);
  const type = isObject(thinking) ? String(thinking['type']) : undefined;
  if (type !== undefined && !rules.thinking.includes(type)) found.push(`thinking.type ${type} is not supported`);
  if (isObject(thinking)) {
    if (type === 'enabled' && !(Number(thinking['budget_tokens']) >= 1024 && Number(thinking['budget_tokens']) < Number(maxTokens))) found.push('budget_tokens out of range');
    if ('block_binding' in thinking && !betas.includes('thinking-binding-controls-2026-08-01')) found.push('block_binding needs its beta');
    if ('display' in thinking && !rules.isAnthropic) found.push('display is not known');
    const known: Record<string, string[]> = { adaptive: ['display', 'block_binding'], enabled: ['budget_tokens', 'display'], disabled: [], between_tools: [] };
    for (const key of Object.keys(thinking)) if (key !== 'type' && !known[type ?? '']?.includes(key)) found.push(`thinking.${key} with ${type}`);
  }
  const thinks = type === undefined ? rules.thinksByDefault === true : type !== 'disabled';
  const forced = isObject(choice) && (choice['type'] === 'any' || choice['type'] === 'tool');
  if (forced && (!rules.forced || (thinks && rules.isAnthropic))) found.push('a call cannot be forced here');
  if (('temperature' in body || 'top_p' in body) && (!rules.sampling || (thinks && rules.isAnthropic))) found.push('sampling is not supported here');
  if ('temperature' in body && 'top_p' in body) found.push('temperature and top_p together');
  if (Number(body['temperature'] ?? 1) > 1) found.push('temperature above 1');
  if (isObject(output)) {
    if (output['effort'] !== undefined && !rules.efforts.includes(String(output['effort']))) found.push(`effort ${output['effort']}`);
    if (output['format'] !== undefined && !rules.structured) found.push('no structured output here');
    if (/"(minimum|maxLength|pattern|oneOf)"/.test(JSON.stringify(output['format'] ?? {}))) found.push('unsupported schema keyword');
  }
  return found;
}

function findRoleProblems(messages: readonly JsonObject[]): readonly string[] {
  const roles = messages.map((message) => String(message['role']));
  const found = roles.filter((role) => role !== 'user' && role !== 'assistant').map((role) => `role ${role}`);
  if (roles[0] !== 'user') found.push('the first message is not the user’s');
  if (roles.at(-1) !== 'user') found.push('prefill is not supported: the last message must be the user’s');
  for (const [at, role] of roles.entries()) if (role === roles[at - 1]) found.push(`two messages of ${role} in a row`);
  return found;
}

function findPairingProblems(body: JsonObject, messages: readonly JsonObject[]): readonly string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  let awaited: readonly string[] = [];
  for (const [at, message] of messages.entries()) {
    const blocks = contentOf(message);
    const results = blocks.filter((block) => block['type'] === 'tool_result');
    const leading = blocks.findIndex((block) => block['type'] !== 'tool_result');
    if (leading >= 0 && leading < results.length) found.push(`messages[${at}]: tool results must come first`);
    const ids = results.map((block) => String(block['tool_use_id']));
    if (ids.toSorted().join() !== [...awaited].sort().join()) found.push(`messages[${at}]: results ${ids} for calls ${awaited}`);
    const calls = blocks.filter((block) => block['type'] === 'tool_use');
    awaited = calls.map((block) => String(block['id']));
    for (const call of calls) {
      const id = String(call['id']);
      if (!/^[a-zA-Z0-9_-]+$/.test(id)) found.push(`bad id ${id}`);
      if (seen.has(id)) found.push(`id ${id} is used twice`);
      if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(call['name']))) found.push(`bad name ${call['name']}`);
      if (!isObject(call['input'])) found.push('input is not an object');
      seen.add(id);
    }
  }
  if (awaited.length > 0) found.push('the last calls are not answered');
  if (seen.size > 0 && body['tools'] === undefined) found.push('tool blocks need tools');
  return found;
}

const BLOCKS: Readonly<Record<string, readonly string[]>> = {
  user: ['text', 'image', 'document', 'tool_result'],
  assistant: ['text', 'thinking', 'redacted_thinking', 'tool_use', 'server_tool_use', 'web_search_tool_result'],
};

function findContentProblems(messages: readonly JsonObject[], rules: ServerRules): readonly string[] {
  return messages.flatMap((message, at) => {
    const blocks = contentOf(message);
    const found = [...findBlank(`messages[${at}]`, message['content'])];
    for (const block of blocks) {
      const type = String(block['type']);
      if (!BLOCKS[String(message['role'])]?.includes(type)) found.push(`messages[${at}] has a block of type ${type}`);
      if ('cache_control' in block && type.endsWith('thinking')) found.push('thinking cannot be a cache breakpoint');
      if (type === 'image') found.push(...findImageProblems(block, rules));
      const inner = block['content'];
      if (type === 'tool_result' && typeof inner !== 'string') {
        found.push(...findBlank(`messages[${at}] result`, inner));
        for (const part of Array.isArray(inner) ? inner : []) {
          if (!['text', 'image'].includes(part?.type)) found.push(`a result with ${part?.type}`);
          if (part?.type === 'image') found.push(...findImageProblems(part, rules));
        }
      }
    }
    return found;
  });
}

function findImageProblems(block: JsonObject, rules: ServerRules): readonly string[] {
  if (rules.isDeepSeek) return ['images are not supported'];
  const source = isObject(block['source']) ? block['source'] : {};
  if (source['type'] === 'url') return /^https?:/.test(String(source['url'])) ? [] : ['bad image url'];
  const isKnown = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'].includes(String(source['media_type']));
  return source['type'] === 'base64' && isKnown && /^[A-Za-z0-9+/]+=*$/.test(String(source['data'])) ? [] : ['bad image source'];
}

function findThinkingProblems(body: JsonObject, messages: readonly JsonObject[], rules: ServerRules): readonly string[] {
  const found: string[] = [];
  const { thinking } = body;
  const type = isObject(thinking) ? String(thinking['type']) : undefined;
  const isThinking = (block: JsonObject | undefined): boolean => String(block?.['type']).endsWith('thinking');
  for (const [at, message] of messages.entries()) {
    const blocks = contentOf(message);
    for (const block of blocks.filter((one) => one['type'] === 'thinking')) {
      if (type === 'disabled') found.push(`messages[${at}]: thinking although it is off`);
      if (!rules.isAnthropic) continue;
      const signed = { ...body, messages: messages.slice(0, at) };
      if (block['signature'] !== signThinking(signed, String(block['thinking']))) found.push(`messages[${at}]: Invalid signature in thinking block`);
    }
    const hasCalls = blocks.some((block) => block['type'] === 'tool_use');
    if (rules.isDeepSeek && type !== 'disabled' && hasCalls && !blocks.some(isThinking)) found.push('content[].thinking must be passed back');
  }
  const isLoop = contentOf(messages.at(-1) ?? {})[0]?.['type'] === 'tool_result';
  if (type === 'enabled' && rules.isAnthropic && isLoop && !isThinking(contentOf(messages.at(-2) ?? {})[0])) {
    found.push('Expected thinking, but found tool_use: a final assistant message must start with a thinking block');
  }
  return found;
}

function contentOf(message: JsonObject): readonly JsonObject[] {
  return Array.isArray(message['content']) ? message['content'].filter(isObject) : [];
}
