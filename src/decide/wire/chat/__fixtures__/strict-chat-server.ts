/**
 * What real Chat Completions servers reject, written down without looking at our own dialect data (wire-facts §3.1,
 * §3.3): an encoder that is wrong about a vendor is found here.
 */
import { isObject, type JsonObject, parseJson } from '../../read-json.ts';

interface Strictness {
  readonly fields?: readonly string[];
  readonly forbiddenFields?: readonly string[];
  readonly oneSystemFirst?: true;
  readonly alternating?: true;
  readonly nineCharacterIds?: true;
  readonly mostIdLetters?: number;
  readonly noUserAfterTool?: true;
  readonly needsReasoningOnCalls?: 'present' | 'not empty';
  readonly noNullContent?: true;
  readonly noStrictTools?: true;
  readonly noImages?: true;
}

const SERVERS: Readonly<Record<string, Strictness>> = {
  generic: {},
  openai: { forbiddenFields: ['max_tokens'], mostIdLetters: 40 },
  deepseek: { noImages: true, needsReasoningOnCalls: 'present', forbiddenFields: ['max_completion_tokens'] },
  dashscope: {},
  minimax: { oneSystemFirst: true, forbiddenFields: ['tool_choice', 'max_tokens'] },
  moonshot: {
    needsReasoningOnCalls: 'not empty',
    noStrictTools: true,
    forbiddenFields: ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'max_tokens', 'thinking'],
  },
  zai: { forbiddenFields: ['tool_choice', 'stream_options', 'max_completion_tokens'], noStrictTools: true },
  mistral: {
    oneSystemFirst: true,
    nineCharacterIds: true,
    noUserAfterTool: true,
    noNullContent: true,
    forbiddenFields: ['stream_options', 'max_completion_tokens'],
  },
  groq: {},
  xai: { forbiddenFields: ['presence_penalty', 'frequency_penalty', 'stop', 'prompt_cache_key'] },
  openrouter: {},
  vllm: { oneSystemFirst: true, alternating: true },
  sglang: { oneSystemFirst: true, alternating: true },
  llamacpp: { oneSystemFirst: true, alternating: true },
  lmstudio: { oneSystemFirst: true, alternating: true },
  ollama: { oneSystemFirst: true, alternating: true },
};

/** Nobody's fields but Codex's: no vendor may see them. */
const NEVER = ['input', 'instructions', 'include', 'client_metadata', 'store', 'text', 'reasoning_context', 'metadata'];

/** Everything the server would answer 400 for; empty if it accepts. */
export function findRejections(body: unknown, server: string): readonly string[] {
  const rules = SERVERS[server];
  if (rules === undefined) throw new Error(`no strict server called ${server}`);
  if (!isObject(body)) return ['the body is not an object'];
  const text = JSON.stringify(body);
  const found: string[] = [];
  for (const field of [...NEVER, ...(rules.forbiddenFields ?? [])]) if (field in body) found.push(`unknown field ${field}`);
  for (const [field, value] of Object.entries(body)) if (value === null) found.push(`${field} is null`);
  for (const secret of ['gAAAA', 'hf1_metadata.', '"namespace"', 'call_gone']) if (text.includes(secret)) found.push(`leaks ${secret}`);
  found.push(...findToolProblems(body, rules));
  const { messages } = body;
  if (!Array.isArray(messages) || !messages.every(isObject) || messages.length === 0) return [...found, 'no messages'];
  found.push(...findRoleProblems(messages, rules), ...findPairingProblems(messages, rules));
  for (const [at, message] of messages.entries()) found.push(...findContentProblems(message, `messages[${at}]`, rules));
  return found;
}

function findToolProblems(body: JsonObject, rules: Strictness): readonly string[] {
  const { tools } = body;
  if (tools === undefined) return ['tool_choice', 'parallel_tool_calls'].filter((field) => field in body).map((field) => `${field} without tools`);
  if (!Array.isArray(tools) || tools.length === 0) return ['tools is empty'];
  const names = tools.map((tool) => String(tool?.function?.name));
  const found = names.filter((name) => !/^[a-zA-Z0-9_-]{1,64}$/.test(name)).map((name) => `bad tool name ${name}`);
  if (new Set(names).size !== names.length) found.push('two tools of one name');
  for (const tool of tools) {
    if (tool?.type !== 'function') found.push(`tool of type ${tool?.type}`);
    if (tool?.function?.parameters?.type !== 'object') found.push('parameters are not an object schema');
    if (rules.noStrictTools && 'strict' in (tool?.function ?? {})) found.push('strict is not known here');
  }
  return found;
}

function findRoleProblems(messages: readonly JsonObject[], rules: Strictness): readonly string[] {
  const roles = messages.map((message) => String(message['role']));
  const found = roles.filter((role) => !['system', 'user', 'assistant', 'tool'].includes(role)).map((role) => `role ${role}`);
  if (rules.oneSystemFirst && roles.lastIndexOf('system') > 0) found.push('a system message that is not the first');
  const talk = roles.filter((role) => role !== 'system');
  if (talk[0] !== 'user') found.push('does not begin with a user message');
  if (!['user', 'tool'].includes(roles.at(-1) ?? '')) found.push('ends with an assistant or system message');
  for (const [at, role] of roles.entries()) {
    const before = roles[at - 1];
    if (rules.noUserAfterTool && role === 'user' && before === 'tool') found.push("unexpected role 'user' after role 'tool'");
    if (rules.alternating && role === 'user' && before === 'user') found.push('roles must alternate');
    if (role === 'assistant' && before === 'assistant') found.push('two assistant messages in a row');
  }
  return found;
}

function findPairingProblems(messages: readonly JsonObject[], rules: Strictness): readonly string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  let awaited: string[] = [];
  for (const message of messages) {
    if (message['role'] === 'tool') {
      const id = String(message['tool_call_id']);
      if (!awaited.includes(id)) found.push(`tool message ${id} answers nothing`);
      awaited = awaited.filter((other) => other !== id);
      continue;
    }
    if (awaited.length > 0) found.push(`no tool message for ${awaited.join(', ')}`);
    awaited = [];
    for (const call of Array.isArray(message['tool_calls']) ? message['tool_calls'] : []) {
      const id = String(call?.id);
      if (seen.has(id)) found.push(`id ${id} is used twice`);
      if (rules.nineCharacterIds && !/^[a-zA-Z0-9]{9}$/.test(id)) found.push(`id ${id} has the wrong shape`);
      if (id.length > (rules.mostIdLetters ?? Number.POSITIVE_INFINITY)) found.push(`id ${id} is too long`);
      if (!isObject(parseJson(String(call?.function?.arguments)))) found.push('arguments are not a JSON object');
      if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(call?.function?.name))) found.push('bad function name');
      seen.add(id);
      awaited.push(id);
    }
    const { reasoning_content } = message;
    if (awaited.length > 0 && rules.needsReasoningOnCalls !== undefined) {
      if (typeof reasoning_content !== 'string') found.push('reasoning_content must be passed back');
      else if (rules.needsReasoningOnCalls === 'not empty' && reasoning_content === '') found.push('reasoning_content is empty');
    }
  }
  if (awaited.length > 0) found.push('the last calls are not answered');
  return found;
}

function findContentProblems(message: JsonObject, at: string, rules: Strictness): readonly string[] {
  const { content, role } = message;
  if (role === 'assistant' && 'tool_calls' in message) {
    return rules.noNullContent && content === null ? [`${at}.content is null`] : [];
  }
  if (typeof content === 'string') return content === '' ? [`${at}.content is empty`] : [];
  if (!Array.isArray(content) || content.length === 0) return [`${at}.content is missing`];
  const types = content.map((part) => String(part?.type));
  if (role === 'tool' || role === 'system') return [`${at}: ${role} content must be a string`];
  const seen = rules.noImages ? ['text'] : ['text', 'image_url', 'file'];
  const allowed = role === 'assistant' ? ['text', 'thinking'] : seen;
  return types.filter((type) => !allowed.includes(type)).map((type) => `${at} has a part of type ${type}`);
}
