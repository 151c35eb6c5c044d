import { describe, expect, test } from 'bun:test';
import { sealState } from '../state-blob.ts';
import type { Strictness } from '../wire.ts';
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
  const result = validateRequest(json, strictness, DOMAIN, INPUT_TOKENS);
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
