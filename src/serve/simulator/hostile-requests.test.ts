import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { findBreaks, replaceAt } from '../../core/__fixtures__/hostile-json.ts';
import { callWire } from './__fixtures__/call-wire.ts';
import { CHAT_TOOLS, playChat } from './__fixtures__/chat-client.ts';
import { MESSAGES_TOOLS, playMessages } from './__fixtures__/messages-client.ts';
import { DIALECTS } from './create-wire.ts';
import type { JsonObject } from './json.ts';
import type { WireName } from './wire.ts';

/** What Codex sends of a first step, without what only some take. */
const RESPONSES: JsonObject = {
  model: 'm',
  stream: true,
  input: [
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Do the task.' }] },
    { type: 'function_call', call_id: 'c1', name: 'exec_command', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c1', output: 'done' },
  ],
  tools: [{ type: 'function', name: 'exec_command', description: 'Runs.', parameters: { type: 'object' } }],
  tool_choice: 'auto',
  reasoning: { effort: 'medium' },
  text: { format: { type: 'text' } },
  store: false,
};
const KNOWS_NO_STORE = new Set(['together', 'cloudflare']);
/** What sealed and open thoughts, and compaction, look like: taken by nobody else. */
const SEALED: JsonObject = {
  ...RESPONSES,
  input: [
    { type: 'message', role: 'developer', content: 'Be brief.' },
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'x' }], encrypted_content: null },
    { type: 'custom_tool_call', id: 'ctc_1', call_id: 'c2', name: 'apply_patch', input: 'x' },
    { type: 'custom_tool_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'x' }] },
    { type: 'additional_tools', tools: [{ type: 'custom', name: 'exec', description: 'x' }] },
    { type: 'compaction_trigger' },
  ],
  tools: [
    { type: 'namespace', name: 'n', description: 'x', tools: [{ type: 'function', name: 'f', description: 'x' }] },
    { type: 'tool_search', execution: 'client', description: 'x', parameters: {} },
  ],
};

const thinking = { type: 'adaptive', display: 'summarized' };
const GEMINI: JsonObject = {
  contents: [
    { role: 'user', parts: [{ text: 'go' }] },
    {
      role: 'model',
      parts: [{ functionCall: { name: 'f', args: {} }, thoughtSignature: 'skip_thought_signature_validator' }],
    },
    { role: 'user', parts: [{ functionResponse: { name: 'f', response: {} } }] },
  ],
  tools: [{ functionDeclarations: [{ name: 'f', parameters: { type: 'object' } }] }],
  toolConfig: { functionCallingConfig: { mode: 'AUTO' } },
  generationConfig: { thinkingConfig: { includeThoughts: true } },
};

const RIGHT_REQUESTS: readonly (readonly [WireName, string, JsonObject])[] = [
  ...DIALECTS.responses.map((dialect) => {
    const { store: _store, ...bare } = RESPONSES;
    return ['responses', dialect, KNOWS_NO_STORE.has(dialect) ? bare : RESPONSES] as const;
  }),
  ['responses', 'openai', SEALED],
  ...DIALECTS.chat.map((dialect) => {
    const { messages } = playChat({ wire: 'chat', dialect });
    return ['chat', dialect, { model: 'm', stream: true, tools: CHAT_TOOLS, messages: messages.slice(0, 4) }] as const;
  }),
  ...DIALECTS.messages.map((dialect) => {
    const fields = dialect === 'anthropic' ? { thinking } : {};
    const { messages } = playMessages({ wire: 'messages', dialect }, fields);
    const body = { model: 'm', max_tokens: 4096, system: 'Be brief.', tools: MESSAGES_TOOLS, ...fields };
    return ['messages', dialect, { ...body, messages: messages.slice(0, 3) }] as const;
  }),
  ...DIALECTS.gemini.map((dialect) => ['gemini', dialect, GEMINI] as const),
  [
    'converse',
    'bedrock',
    {
      system: [{ text: 'Be brief.' }],
      messages: [
        { role: 'user', content: [{ text: 'go' }] },
        { role: 'assistant', content: [{ toolUse: { toolUseId: 'a', name: 'f', input: {} } }] },
        { role: 'user', content: [{ toolResult: { toolUseId: 'a', content: [{ text: 'done' }] } }] },
      ],
      inferenceConfig: { maxTokens: 4096 },
      toolConfig: { tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } }] },
      additionalModelRequestFields: { thinking: { type: 'adaptive', display: 'summarized' } },
    },
  ],
];

const KNOWN_ANSWERS = [200, 400, 404, 422];

describe.each(RIGHT_REQUESTS)('%s as %s speaks it', (wire, dialect, right) => {
  const statusOf = (body: unknown): number => {
    const { answer } = callWire(body, { wire, dialect });
    return answer.kind === 'stream' ? 200 : answer.status;
  };

  test('what a right client sends is accepted', () => expect(statusOf(right)).toBe(200));

  test('whatever stands anywhere, a request is answered or refused, and never more', () => {
    const answers = (body: unknown): void => expect(KNOWN_ANSWERS).toContain(statusOf(body));
    expect(findBreaks(right, answers)).toEqual([]);
  });

  test('so is a request with any value anywhere', () => {
    fc.assert(
      fc.property(fc.nat(120), fc.jsonValue(), (place, value) => {
        expect(KNOWN_ANSWERS).toContain(statusOf(replaceAt(right, place, value)));
      }),
      { numRuns: 100 },
    );
  });

  test('inherited names are no names', () => {
    for (const thinking of [{ type: 'constructor' }, { constructor: 1 }, { type: '__proto__' }]) {
      expect(statusOf({ ...right, thinking })).toBeGreaterThanOrEqual(400);
      // OpenAI does not mind what else stands there.
      if (wire !== 'responses') expect(statusOf({ ...right, reasoning: thinking })).toBeGreaterThanOrEqual(400);
    }
  });

  test('so is anything at all', () => {
    fc.assert(fc.property(fc.jsonValue(), (body) => expect([400, 404, 422]).toContain(statusOf(body))));
  });
});
