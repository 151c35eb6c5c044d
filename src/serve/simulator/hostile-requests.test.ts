import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { callWire } from './__fixtures__/call-wire.ts';
import { CHAT_TOOLS, playChat } from './__fixtures__/chat-client.ts';
import { MESSAGES_TOOLS, playMessages } from './__fixtures__/messages-client.ts';
import type { JsonObject } from './json.ts';
import type { WireName } from './wire.ts';

const DIALECTS: readonly (readonly [WireName, string, JsonObject])[] = [
  [
    'chat',
    'generic',
    { model: 'm', stream: true, tools: CHAT_TOOLS, messages: playChat({ wire: 'chat' }).messages.slice(0, 4) },
  ],
  [
    'chat',
    'openrouter',
    { model: 'm', tools: CHAT_TOOLS, messages: playChat({ wire: 'chat', dialect: 'openrouter' }).messages.slice(0, 4) },
  ],
  [
    'chat',
    'mistral',
    {
      model: 'm',
      stream: true,
      tools: CHAT_TOOLS,
      messages: playChat({ wire: 'chat', dialect: 'mistral' }).messages.slice(0, 4),
    },
  ],
  [
    'messages',
    'anthropic',
    {
      model: 'm',
      max_tokens: 4096,
      system: 'Be brief.',
      tools: MESSAGES_TOOLS,
      thinking: { type: 'adaptive', display: 'summarized' },
      messages: playMessages(
        { wire: 'messages' },
        { thinking: { type: 'adaptive', display: 'summarized' } },
      ).messages.slice(0, 3),
    },
  ],
  [
    'gemini',
    'google',
    {
      contents: [
        { role: 'user', parts: [{ text: 'go' }] },
        {
          role: 'model',
          parts: [{ functionCall: { name: 'f', args: {} }, thoughtSignature: 'skip_thought_signature_validator' }],
        },
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: {} } }] },
      ],
      tools: [{ functionDeclarations: [{ name: 'f', parameters: { type: 'object' } }] }],
      generationConfig: { thinkingConfig: { includeThoughts: true } },
    },
  ],
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

/** A value somewhere in a tree, replaced. */
function replaceAt(value: unknown, path: number, replacement: unknown): unknown {
  let left = path;
  const visit = (node: unknown): unknown => {
    if (left-- === 0) return replacement;
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, visit(inner)]));
  };
  return visit(value);
}

describe.each(DIALECTS)('%s as %s speaks it', (wire, dialect, right) => {
  const statusOf = (body: unknown): number => {
    const { answer } = callWire(body, { wire, dialect });
    return answer.kind === 'stream' ? 200 : answer.status;
  };

  test('what a right client sends is accepted', () => expect(statusOf(right)).toBe(200));

  test('a request that is wrong anywhere is answered or refused, and never more', () => {
    fc.assert(
      fc.property(
        fc.nat(120),
        fc.oneof(fc.jsonValue(), fc.constantFrom('', null, {}, [], [null], 'tool', 'constructor', { constructor: 1 })),
        (path, value) => {
          expect([200, 400, 404, 422]).toContain(statusOf(replaceAt(right, path, value)));
        },
      ),
      { numRuns: 400 },
    );
  });

  test('inherited names are no names', () => {
    for (const thinking of [{ type: 'constructor' }, { constructor: 1 }, { type: '__proto__' }]) {
      expect(statusOf({ ...right, thinking })).toBeGreaterThanOrEqual(400);
      expect(statusOf({ ...right, reasoning: thinking })).toBeGreaterThanOrEqual(400);
    }
  });

  test('so is anything at all', () => {
    fc.assert(fc.property(fc.jsonValue(), (body) => expect([400, 404, 422]).toContain(statusOf(body))));
  });
});
