import { describe, expect, test } from 'bun:test';
import { sealState } from '../state-blob.ts';
import type { Strictness } from '../wire.ts';
import { findResponsesVendor, RESPONSES_VENDORS } from './responses-vendor.ts';
import { validateRequest } from './validate-request.ts';

const DOMAIN = 'openai/work';
const INPUT_TOKENS = 1000;
const user = { role: 'user', content: 'go' };
const call = { type: 'function_call', call_id: 'c1', name: 'exec_command', arguments: '{}' };
const output = { type: 'function_call_output', call_id: 'c1', output: 'ok' };
const custom = { type: 'custom_tool_call', call_id: 'c2', name: 'apply_patch', input: 'x' };
const state = (domain: string, itemId: string) => sealState({ domain, itemId }, 1_795_000_000, 50);
const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: state(DOMAIN, 'rs_1') };

function verdict(json: unknown, strictness: Strictness = {}): string {
  return verdictOf('openai', json, strictness);
}

function verdictOf(
  vendorId: string,
  json: unknown,
  strictness: Strictness = {},
  headers: Readonly<Record<string, string>> = {},
): string {
  const vendor = findResponsesVendor(vendorId);
  if (vendor === undefined) throw new Error(`no vendor ${vendorId}`);
  const context = { vendor, strictness, domain: DOMAIN, headers, inputTokens: INPUT_TOKENS };
  const result = validateRequest(json, context);
  return result.kind === 'valid' ? 'valid' : `${result.error.status} ${result.error.code} ${result.error.param}`;
}

const withInput = (...input: unknown[]) => ({ model: 'm', input });

describe('what a vendor accepts', () => {
  test.each([
    ['a text as input', { model: 'm', input: 'go' }],
    ['a message without type', withInput(user)],
    ['a call with its output', withInput(user, call, output)],
    [
      'calls first, outputs in any order',
      withInput(user, call, { ...call, call_id: 'c9' }, { ...output, call_id: 'c9' }, output),
    ],
    ['its own reasoning state', withInput(user, reasoning, call, output)],
    ['reasoning without state', withInput(user, { type: 'reasoning', id: 'rs_2', summary: [], content: null })],
    ['state without the id of its item', withInput(user, { ...reasoning, id: undefined })],
    [
      'namespaced tools',
      { model: 'm', tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'f' }] }] },
    ],
  ])('%s', (_, json) => {
    expect(verdict(json)).toBe('valid');
  });
});

describe('what a vendor refuses', () => {
  test.each([
    ['no JSON', undefined, '400 null null'],
    ['an array', [], '400 null null'],
    ['no model', { input: 'go' }, '400 missing_required_parameter model'],
    ['a model that is no text', { model: 1 }, '400 invalid_type model'],
    ['an unknown field', { model: 'm', banana: 1 }, '400 unknown_parameter banana'],
    ["Codex's metadata at a third party", { model: 'm', client_metadata: {} }, '400 unknown_parameter client_metadata'],
    ['a background response', { model: 'm', background: true }, '400 unsupported_parameter background'],
    ['stream as text', { model: 'm', stream: 'yes' }, '400 invalid_type stream'],
    ['tools that are no list', { model: 'm', tools: {} }, '400 invalid_type tools'],
    ['an unknown tool type', { model: 'm', tools: [{ type: 'hammer' }] }, '400 invalid_value tools[0].type'],
    [
      'a function without name',
      { model: 'm', tools: [{ type: 'function' }] },
      '400 missing_required_parameter tools[0].name',
    ],
    [
      'a dotted name inside a namespace',
      { model: 'm', tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'a.b' }] }] },
      '400 invalid_value tools[0].tools[0].name',
    ],
    ['input that is neither text nor list', { model: 'm', input: 5 }, '400 invalid_type input'],
    ['an item that is no object', withInput(5), '400 invalid_type input[0]'],
    ['an item without type or role', withInput({}), '400 missing_required_parameter input[0].type'],
    ['an unknown item type', withInput({ type: 'telepathy' }), '400 invalid_value input[0].type'],
    ['an unknown role', withInput({ role: 'boss', content: 'x' }), '400 invalid_value input[0].role'],
    ['a message without content', withInput({ role: 'user' }), '400 missing_required_parameter input[0].content'],
    [
      'an unknown field of an item',
      withInput({ ...call, signature: 's' }, output),
      '400 unknown_parameter input[0].signature',
    ],
    [
      'arguments that are no text',
      withInput({ ...call, arguments: {} }, output),
      '400 missing_required_parameter input[0].arguments',
    ],
    ['a call without its output', withInput(user, call), '400 null input'],
    ['a custom call without its output', withInput(user, custom), '400 null input'],
    ['an output without its call', withInput(user, output), '400 null input'],
    ['an output before its call', withInput(output, call), '400 null input'],
    ['an output of the other kind', withInput(custom, { ...output, call_id: 'c2' }), '400 null input'],
    ['the same item twice', withInput({ ...user, id: 'msg_1' }, { ...user, id: 'msg_1' }), '400 null input'],
    [
      "another vendor's state",
      withInput({ ...reasoning, encrypted_content: state('azure/eu', 'rs_1') }),
      '400 invalid_encrypted_content null',
    ],
    ['state under another item id', withInput({ ...reasoning, id: 'rs_9' }), '400 invalid_encrypted_content null'],
    [
      'state that was changed',
      withInput({ ...reasoning, encrypted_content: 'gAAAAABx' }),
      '400 invalid_encrypted_content null',
    ],
    [
      "another vendor's compaction",
      withInput({ type: 'compaction', encrypted_content: state('azure/eu', 'cmp_1') }),
      '400 invalid_encrypted_content null',
    ],
  ])('%s', (_, json, expected) => {
    expect(verdict(json)).toBe(expected);
  });
});

describe('how exacting it is can be chosen', () => {
  const passthrough = { ...user, internal_chat_message_metadata_passthrough: { turn_id: 't' } };
  const toolbox = { model: 'm', tools: [{ type: 'custom', name: 'apply_patch' }] };
  test.each([
    ["OpenAI takes Codex's metadata", { model: 'm', client_metadata: {} }, { firstParty: true }, 'valid'],
    ["OpenAI takes Codex's item metadata", withInput(passthrough), { firstParty: true }, 'valid'],
    [
      'others do not',
      withInput(passthrough),
      {},
      '400 unknown_parameter input[0].internal_chat_message_metadata_passthrough',
    ],
    ['a model it has', { model: 'm' }, { models: ['m'] }, 'valid'],
    ['a model it does not have', { model: 'x' }, { models: ['m'] }, '404 model_not_found null'],
    ['a tool type it does not know', toolbox, { toolTypes: ['function'] }, '400 invalid_value tools[0].type'],
    [
      'an item type it does not know',
      withInput(user, call, output),
      { itemTypes: ['message'] },
      '400 invalid_value input[1].type',
    ],
    ['a conversation that is too long', withInput(user), { contextTokens: 999 }, '400 context_length_exceeded input'],
    ['reasoning that nothing follows', withInput(user, reasoning), { reasoningNeedsFollower: true }, '400 null input'],
    [
      'reasoning that a call follows',
      withInput(user, reasoning, call, output),
      { reasoningNeedsFollower: true },
      'valid',
    ],
    ['anything with a model', { model: 'm', banana: 1, input: 5 }, { validate: false }, 'valid'],
  ] as const)('%s', (_, json, strictness, expected) => {
    expect(verdict(json, strictness)).toBe(expected);
  });
});

describe("who runs OpenAI's own API", () => {
  const long = 'c'.repeat(65);
  const lite = { 'x-openai-internal-codex-responses-lite': 'true' };
  const namespace = (description?: string) => ({ type: 'namespace', name: 'functions', description, tools: [] });
  const offered = (...tools: unknown[]) => withInput({ type: 'additional_tools', role: 'developer', tools }, user);
  const rows: readonly (readonly [name: string, vendor: string, json: unknown, expected: string])[] = [
    ["an id of another kind's", 'openai', withInput({ ...user, id: 'item_1' }), '400 invalid_id_prefix input[0].id'],
    [
      "a call's id that is no call's",
      'azure',
      withInput(user, { ...call, id: 'call_1' }, output),
      '400 invalid_id_prefix input[1].id',
    ],
    [
      'thoughts that can be read',
      'openai',
      withInput(user, { type: 'reasoning', id: 'rs_1', summary: [], content: [{ type: 'reasoning_text', text: 'x' }] }),
      '400 array_above_max_length input[1].content',
    ],
    [
      'a call id of too many letters',
      'openai',
      withInput(user, { ...call, call_id: long }, { ...output, call_id: long }),
      '400 string_above_max_length input[1].call_id',
    ],
    [
      'an effort that Azure does not have',
      'azure',
      { model: 'm', reasoning: { effort: 'ultra' } },
      '400 invalid_value reasoning.effort',
    ],
    ['and OpenAI has', 'openai', { model: 'm', reasoning: { effort: 'ultra' } }, 'valid'],
    [
      'a namespace that says nothing',
      'azure',
      offered(namespace('')),
      '400 empty_string input[0].tools[0].description',
    ],
    ['nor has a word', 'azure', offered(namespace()), '400 missing_required_parameter input[0].tools[0].description'],
    ['which OpenAI takes', 'openai', offered(namespace('')), 'valid'],
    ['a described one', 'azure', offered(namespace('Functions.')), 'valid'],
    ["code mode's tools at Amazon", 'bedrock', offered(namespace('x')), '400 invalid_value input[0].type'],
    ["at Amazon's other host", 'bedrock-mantle', offered(namespace('x')), '400 invalid_value input[0].type'],
    [
      'a hosted search at Amazon',
      'bedrock',
      { model: 'm', tools: [{ type: 'web_search' }] },
      '400 invalid_value tools[0].type',
    ],
    [
      "at Amazon's other host, which has one",
      'bedrock-mantle',
      { model: 'm', tools: [{ type: 'web_search' }] },
      'valid',
    ],
  ];
  test.each(rows)('%s', (_, vendor, json, expected) => expect(verdictOf(vendor, json)).toBe(expected));

  test('the header of lite mode is for OpenAI alone', () => {
    expect(verdictOf('azure', withInput(user), {}, lite)).toBe('400 unsupported_value tools');
    expect(verdictOf('openai', withInput(user), {}, lite)).toBe('valid');
  });
});

describe('who took the API over when it was new', () => {
  const answer = {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: 'x' }],
  };
  const developer = { role: 'developer', content: 'be brief' };
  const tool = (more: object = {}) => ({ type: 'function', name: 'f', parameters: { type: 'object' }, ...more });
  const tools = (...list: unknown[]) => ({ model: 'm', store: false, tools: list });
  const open = { type: 'reasoning', id: 'rs_1', summary: [], content: [{ type: 'reasoning_text', text: 'x' }] };
  const missing = '400 missing_required_parameter';
  const rows: readonly (readonly [name: string, vendor: string, json: unknown, expected: string])[] = [
    ['a namespace', 'xai', tools({ type: 'namespace', name: 'n' }), '400 invalid_value tools[0].type'],
    ['a custom tool', 'minimax', tools({ type: 'custom', name: 'n' }), '400 invalid_value tools[0].type'],
    ['a custom tool where there are some', 'deepseek', tools({ type: 'custom', name: 'n' }), 'valid'],
    ['a custom call', 'ollama', withInput(user, custom), '400 invalid_value input[1].type'],
    ['a search for tools', 'lmstudio', tools({ type: 'tool_search' }), '400 invalid_value tools[0].type'],
    ['an empty list of tools', 'vllm', tools(), '400 invalid_type tools'],
    ['a choice without tools', 'xai', { model: 'm', tool_choice: 'auto' }, '400 invalid_value tool_choice'],
    [
      'a choice of no tool',
      'groq',
      { ...tools(tool()), tool_choice: { type: 'function', name: 'g' } },
      '400 invalid_value tool_choice',
    ],
    ['a forced call', 'ollama', { ...tools(tool()), tool_choice: 'required' }, '400 unsupported_parameter tool_choice'],
    [
      'a search of cached pages',
      'xai',
      tools({ type: 'web_search', external_web_access: false }),
      '400 unknown_parameter tools[0].external_web_access',
    ],
    [
      'a tool that comes later',
      'together',
      { model: 'm', tools: [tool({ defer_loading: true })] },
      '400 unknown_parameter tools[0].defer_loading',
    ],
    ['a tool without a schema', 'huggingface', tools(tool({ parameters: {} })), '400 invalid_type tools[0].parameters'],
    ['two tools of one name', 'databricks', tools(tool(), tool()), '400 invalid_value tools[1].name'],
    [
      'a name of too many letters',
      'dashscope',
      tools(tool({ name: 'n'.repeat(65) })),
      '400 string_above_max_length tools[0].name',
    ],
    [
      'more tools than it takes',
      'xai',
      tools(...Array.from({ length: 201 }, (_, at) => tool({ name: `f${at}` }))),
      '400 invalid_type tools',
    ],
    ['a field of OpenAI', 'xai', { model: 'm', safety_identifier: 'x' }, '400 unknown_parameter safety_identifier'],
    ['verbosity', 'groq', { model: 'm', text: { verbosity: 'low' } }, '400 unknown_parameter text.verbosity'],
    [
      "reasoning's context",
      'dashscope',
      { model: 'm', reasoning: { context: 'all_turns' } },
      '400 unknown_parameter reasoning.context',
    ],
    [
      'an effort it does not have',
      'sglang',
      { model: 'm', reasoning: { effort: 'max' } },
      '400 invalid_value reasoning.effort',
    ],
    ['store, where nobody knows it', 'together', { model: 'm', store: false }, '400 unknown_parameter store'],
    ['what is to be kept', 'openrouter', { model: 'm', store: true }, '400 unsupported_parameter store'],
    ['what would be kept', 'fireworks', { model: 'm' }, '400 unsupported_parameter store'],
    [
      'a phase',
      'generic',
      withInput(user, { ...answer, phase: 'commentary' }, user),
      '400 unknown_parameter input[1].phase',
    ],
    [
      'an answer without an id',
      'databricks',
      withInput(user, { ...answer, id: undefined }, user),
      `${missing} input[1].id`,
    ],
    [
      'an answer that is told as a prompt',
      'generic',
      withInput(user, { ...answer, content: [{ type: 'input_text', text: 'x' }] }),
      '400 invalid_value input[1].content[0].type',
    ],
    [
      'reasoning whose content is null',
      'xai',
      withInput(user, { type: 'reasoning', id: 'rs_1', summary: [], content: null }),
      '400 invalid_type input[1].content',
    ],
    [
      'reasoning without content',
      'llamacpp',
      withInput(user, { type: 'reasoning', id: 'rs_1', summary: [] }, user),
      `${missing} input[1].content`,
    ],
    [
      'sealed reasoning where all is open',
      'vllm',
      withInput(user, { ...reasoning, content: open.content }, call, output),
      '400 invalid_encrypted_content null',
    ],
    [
      "another's sealed reasoning, to a model that would read it",
      'ollama',
      withInput(user, { ...reasoning, content: undefined }, call, output),
      '400 invalid_encrypted_content null',
    ],
    ['open reasoning', 'llamacpp', withInput(user, open, call, output), 'valid'],
    [
      'arguments that are no object',
      'minimax',
      withInput(user, { ...call, arguments: '[' }, output),
      '400 invalid_type input[1].arguments',
    ],
    ['a prompt before the output', 'generic', withInput(user, call, user, output), '400 null input'],
    [
      'a list as an output',
      'llamacpp',
      withInput(user, call, { ...output, output: [] }),
      '400 invalid_type input[2].output',
    ],
    ['a developer', 'groq', withInput(developer, user), '400 invalid_value input[0].role'],
    ['a developer where there is one', 'openrouter', { ...withInput(developer, user), store: false }, 'valid'],
    ['a system message in a template', 'vllm', withInput({ role: 'system', content: 'x' }, user), '400 null input'],
    ['a user who speaks twice', 'lmstudio', withInput(user, user), '400 null input'],
    ['an assistant who speaks last', 'sglang', withInput(user, answer), '400 null input'],
    ['a whole conversation', 'ollama', withInput(user, answer, user, call, output), 'valid'],
  ];
  test.each(rows)('%s', (_, vendor, json, expected) => expect(verdictOf(vendor, json)).toBe(expected));

  test('nobody but OpenAI has ever heard of its own fields', () => {
    const vendors = RESPONSES_VENDORS.map(({ id }) => id);
    expect(vendors.length).toBeGreaterThan(15);
    for (const id of vendors) {
      const body = { model: 'm', store: false, client_metadata: {} };
      expect([id, verdictOf(id, body)]).toEqual([
        id,
        expect.stringMatching(/^400 unknown_parameter (client_metadata|store)$/),
      ]);
    }
  });
});
