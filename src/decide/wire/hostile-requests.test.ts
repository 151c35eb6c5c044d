import { describe, expect, test } from 'bun:test';
import { findBreaks, HOSTILE_VALUES, WORST_VALUES } from '../../core/__fixtures__/hostile-json.ts';
import { summaryRequest } from '../continuity/compaction.ts';
import { dropSealedState, listSealedState } from '../continuity/drop-sealed-state.ts';
import { sealPortable, sealState } from '../continuity/envelope.ts';
import { callLane, LANE_CALLS, ownerOf } from './__fixtures__/lane-calls.ts';
import { peekRequest, spliceRequest } from './observe/peek-request.ts';
import { isObject, type JsonObject } from './read-json.ts';

const text = (type: string, words: string): JsonObject => ({ type, text: words });

/** A request with everything that Codex sends, and once each thing that others send. */
const requestWith = (sealed: string): JsonObject => ({
  model: 'gpt-5.5',
  stream: true,
  instructions: 'Be brief.',
  tools: [
    {
      type: 'function',
      name: 'shell',
      description: 'Runs.',
      strict: true,
      parameters: {
        type: 'object',
        properties: { cmd: { type: ['string', 'null'], format: 'uri' }, at: { $ref: '#/$defs/at' } },
        required: ['cmd'],
        $defs: { at: { anyOf: [{ type: 'integer', minimum: 0 }, { enum: ['now'] }] } },
      },
    },
    { type: 'custom', name: 'apply_patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
    {
      type: 'namespace',
      name: 'mcp',
      description: '',
      tools: [{ type: 'function', name: 'lookup', parameters: null }],
    },
    { type: 'tool_search', execution: 'client', description: 'Finds.', parameters: { type: 'object' } },
    { type: 'web_search', filters: { allowed_domains: ['a.test'] }, user_location: { type: 'approximate' } },
  ],
  input: [
    { type: 'message', role: 'developer', content: [text('input_text', 'Base prompt.')] },
    { type: 'additional_tools', tools: [{ type: 'custom', name: 'exec', description: 'Runs code.' }] },
    {
      type: 'message',
      id: 'msg_1',
      role: 'user',
      content: [
        text('input_text', 'Look:'),
        { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'original' },
        { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' },
      ],
    },
    { type: 'reasoning', id: 'rs_1', summary: [text('summary_text', 'A.')], content: null, encrypted_content: sealed },
    {
      type: 'message',
      role: 'assistant',
      phase: 'commentary',
      content: [text('output_text', 'Looking.'), { type: 'refusal', refusal: 'No.' }],
    },
    { type: 'function_call', call_id: 'a', name: 'lookup', namespace: 'mcp', arguments: '{"cmd":"ls"}' },
    { type: 'custom_tool_call', call_id: 'b', name: 'apply_patch', input: 'x', status: 'completed' },
    { type: 'tool_search_call', call_id: 'c', execution: 'client', arguments: { query: 'q' } },
    { type: 'local_shell_call', call_id: 'd', action: { type: 'exec', command: ['ls'] } },
    { type: 'function_call_output', call_id: 'a', output: 'a.txt' },
    { type: 'message', role: 'developer', content: 'Sandbox changed.' },
    {
      type: 'custom_tool_call_output',
      call_id: 'b',
      output: [text('input_text', 'ok'), { type: 'input_image', image_url: 'data:image/png;base64,BBBB' }],
    },
    { type: 'tool_search_output', call_id: 'c', tools: [{ type: 'function', name: 'found', parameters: {} }] },
    { type: 'local_shell_call_output', call_id: 'd', output: 'ok' },
    { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'q' } },
    { type: 'compaction', id: 'cmp_1', encrypted_content: sealPortable({ kind: 'compaction', summary: 'Before.' }) },
  ],
  tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'shell' }] },
  parallel_tool_calls: true,
  reasoning: { effort: 'high', summary: 'auto' },
  max_output_tokens: 1000,
  temperature: 0.5,
  store: false,
  include: ['reasoning.encrypted_content'],
  service_tier: 'flex',
  prompt_cache_key: 'thread-1',
  metadata: { a: 'b' },
  text: {
    verbosity: 'low',
    format: {
      type: 'json_schema',
      name: 'answer',
      strict: true,
      schema: {
        type: 'object',
        properties: { ok: { type: 'boolean' }, when: { oneOf: [{ type: 'string', format: 'date' }, { const: 1 }] } },
        required: ['ok'],
        additionalProperties: false,
      },
    },
  },
  client_metadata: { turn_id: 't1' },
});

/** What vendors want back unmodified, in every form in which it is kept. */
const KEPT: readonly JsonObject[] = [
  { form: 'tags', text: '<think>a</think>' },
  { form: 'details', details: [{ type: 'reasoning.text', text: 'a', signature: 's', index: 0 }] },
  { form: 'parts', parts: [{ type: 'thinking', thinking: [text('text', 'a')] }] },
  {
    blocks: [
      { type: 'thinking', digest: 'x', signature: 's', meta: { google: { thoughtSignature: 's' } } },
      { type: 'redacted_thinking', data: 'x' },
      { type: 'signed_call', digest: 'x', meta: { google: { thoughtSignature: 's' } } },
      { type: 'text', text: 'x', citations: [{}] },
      { type: 'tool_use', id: 'i', name: 'n', input: {} },
      { type: 'server_tool_use', id: 'i', name: 'web_search', input: { query: 'q' } },
      { type: 'web_search_tool_result', tool_use_id: 'i', content: [{ url: 'u', title: 't' }] },
    ],
    afterGoOn: true,
  },
];

describe.each(LANE_CALLS.map((call) => [call.wire, call.dialect, call] as const))('over %s to %s', (_w, _d, call) => {
  /** A request that is sent, or an error that says where it is wrong. */
  const send = (body: unknown): void => {
    const encoded = callLane(call, body);
    if (encoded.ok) expect(JSON.stringify(encoded.value.body)).toBeString();
    else expect(encoded.problem.message).toBeString();
  };

  const isFirst = LANE_CALLS.find(({ wire }) => wire === call.wire) === call;
  const values = isFirst ? HOSTILE_VALUES : WORST_VALUES;

  test('whatever stands anywhere, a request is sent or refused', () => {
    expect(findBreaks(requestWith('gAAAA'), send, values)).toEqual([]);
  });

  test('and so it is with whatever stands in state that was sealed for the target', () => {
    const sealed = (payload: unknown): string => sealState(ownerOf(call), isObject(payload) ? payload : {});
    for (const kept of KEPT)
      expect(findBreaks(kept, (payload) => send(requestWith(sealed(payload))), WORST_VALUES)).toEqual([]);
  });
});

test('the raw lane and its neighbours read nothing that could break them', () => {
  const read = (body: unknown): void => {
    const bytes = Buffer.from(JSON.stringify(body));
    const peeked = peekRequest(bytes, true);
    if (peeked.kind === 'peeked')
      JSON.parse(Buffer.concat(spliceRequest(bytes, peeked.request, 'other', true)).toString());
    dropSealedState(bytes, () => true);
    listSealedState(bytes);
    if (isObject(body)) JSON.stringify(summaryRequest(body));
  };
  expect(findBreaks(requestWith('gAAAA'), read)).toEqual([]);
});

test('whatever a compaction holds, a request is sent or refused', () => {
  const [call] = LANE_CALLS.filter(({ wire }) => wire === 'chat');
  if (call === undefined) throw new Error('no lane');
  const ask = (payload: unknown): void => {
    const item = { type: 'compaction', encrypted_content: sealPortable(isObject(payload) ? payload : {}) };
    expect(callLane(call, { model: 'm', input: [item] }).ok).toBeBoolean();
  };
  expect(findBreaks({ kind: 'compaction', summary: 'Before.' }, ask)).toEqual([]);
});
