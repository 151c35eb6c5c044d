import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { JsonObject } from '../read-json.ts';
import { createDeltaTemplate } from './delta-template.ts';

const chunk = (delta: JsonObject, rest: JsonObject = {}): JsonObject => ({
  id: 'c',
  created: 1,
  choices: [{ index: 0, delta, finish_reason: null, logprobs: null }],
  ...rest,
});
const learn = (value: JsonObject, data = JSON.stringify(value)): ReturnType<typeof createDeltaTemplate> => {
  const template = createDeltaTemplate();
  template.learn(data, value);
  return template;
};

describe('the template', () => {
  test('whatever it takes, parsing would have given the same text and nothing else', () => {
    const template = learn(chunk({ role: 'assistant', content: 'first' }));
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('","x":"', '\\', '"', '\\u00e9', '\u0000', ''),
    );
    const data = fc.oneof(
      text.map((content) => JSON.stringify(chunk({ role: 'assistant', content }))),
      // The text as it stands, escaped or not: what an attacker would try.
      text.map((content) => JSON.stringify(chunk({ role: 'assistant', content: '@' })).replace('@', () => content)),
      text.map((content) => JSON.stringify(chunk({ role: 'assistant', content, tool_calls: [] }))),
    );
    fc.assert(
      fc.property(data, (line) => {
        const matched = template.match(line);
        if (matched === undefined) return;
        expect(JSON.parse(line)).toEqual(chunk({ role: 'assistant', content: matched }));
      }),
      { numRuns: 500 },
    );
  });

  test('takes the plain case, also as Python writes it', () => {
    expect(learn(chunk({ content: 'a' })).match(JSON.stringify(chunk({ content: 'b "c" é' })))).toBe('b "c" é');
    const python = '{"choices": [{"index": 0, "delta": {"content": "a"}}]}';
    expect(learn(JSON.parse(python), python).match(python.replace('"a"', '"\\u00e9"'))).toBe('é');
  });

  test.each([
    ['a finish reason', { choices: [{ index: 0, delta: { content: 'a' }, finish_reason: 'stop' }] }],
    ['usage', chunk({ content: 'a' }, { usage: { prompt_tokens: 1 } })],
    ['an error', chunk({ content: 'a' }, { error: 'x' })],
    ['two fields', chunk({ content: 'a', reasoning_content: 'b' })],
    ['a call', chunk({ content: 'a', tool_calls: [{ index: 0 }] })],
    ['log probabilities', { choices: [{ index: 0, delta: { content: 'a' }, logprobs: { content: [] } }] }],
    ['another choice', { choices: [{ index: 1, delta: { content: 'a' } }] }],
  ])('is not learnt from a chunk with %s', (_name, value) => {
    expect(learn(value).match(JSON.stringify(value))).toBeUndefined();
  });

  test('a lookalike elsewhere is not taken for the delta', () => {
    const nested = chunk({ content: 'a' }, { provider: { content: 'a' } });
    expect(learn(nested).match(JSON.stringify(nested))).toBeUndefined();
    const escaped = chunk({ content: 'a' }, { system_fingerprint: '","content":"a"' });
    expect(
      learn(escaped).match(JSON.stringify(escaped).replace('"delta":{"content":"a"', '"delta":{"content":"b"')),
    ).toBe('b');
  });

  test('gives up on a vendor that never writes the same chunk twice', () => {
    const template = createDeltaTemplate();
    for (let at = 0; at < 20; at += 1) {
      const value = chunk({ content: 'a' }, { id: `c${at}` });
      expect(template.match(JSON.stringify(value))).toBeUndefined();
      template.learn(JSON.stringify(value), value);
    }
    expect(template.match(JSON.stringify(chunk({ content: 'b' }, { id: 'c19' })))).toBeUndefined();
  });
});
