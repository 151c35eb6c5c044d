import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { JsonObject } from '../read-json.ts';
import { arrangeTurns, type Turn } from './arrange-turns.ts';
import { readRequest } from './request.ts';

const user = (text: string): JsonObject => ({ type: 'message', role: 'user', content: text });
const said = (text: string): JsonObject => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text }],
});
const call = (id: string): JsonObject => ({ type: 'function_call', call_id: id, name: 'f', arguments: '{}' });
const output = (id: string): JsonObject => ({ type: 'function_call_output', call_id: id, output: `out ${id}` });
const thought: JsonObject = { type: 'reasoning', summary: [] };

function arrange(input: readonly JsonObject[]): {
  readonly turns: readonly string[];
  readonly repairs: readonly string[];
} {
  const request = readRequest({ model: 'm', input });
  if (!request.ok) throw new Error(request.problem.message);
  const { turns, repairs } = arrangeTurns(request.value.input);
  return { turns: turns.map(render), repairs };
}

function render(turn: Turn): string {
  if (turn.kind !== 'assistant') return turn.kind === 'message' ? turn.item.role : turn.kind;
  const parts = turn.parts.map((part) => {
    if (part.kind === 'text') return String(part.item.content[0]?.['text']);
    return part.kind === 'call' ? `${part.callId}${part.output === undefined ? '?' : ''}` : 'thought';
  });
  return `[${parts.join(' ')}]`;
}

describe('turns', () => {
  test.each([
    [
      'reasoning, text and parallel calls are one turn',
      [user('u'), thought, said('hi'), call('a'), call('b'), output('a'), output('b')],
      ['user', '[thought hi a b]'],
      [],
    ],
    [
      'steps are turns of their own',
      [call('a'), output('a'), thought, call('b'), output('b'), said('done')],
      ['[a]', '[thought b]', '[done]'],
      [],
    ],
    ['assistant text between a call and its output joins the turn', [call('a'), said('x'), output('a')], ['[a x]'], []],
    [
      "a user's message between a call and its output goes in front",
      [call('a'), user('u'), output('a'), said('x')],
      ['user', '[a]', '[x]'],
      ['moved-message'],
    ],
    [
      'interleaved calls and outputs are one turn',
      [call('a'), call('b'), output('a'), call('c'), output('b'), output('c')],
      ['[a b c]'],
      [],
    ],
    ['a call without an output is marked', [call('a'), user('u')], ['[a?]', 'user'], ['missing-output']],
    ['an output without a call is dropped', [output('x'), user('u')], ['user'], ['orphan-output']],
    ['an output before its call is found', [output('a'), call('a')], ['[a]'], []],
    [
      'an id that is used again is made unique, and pairs in order',
      [call('a'), output('a'), call('a'), output('a')],
      ['[a]', '[a_2]'],
      ['repeated-call-id'],
    ],
  ] as const)('%s', (_name, input, turns, repairs) => {
    expect(arrange(input)).toEqual({ turns, repairs } as never);
  });

  test('an early stray output does not take the place of the real one', () => {
    const stray = [
      { type: 'tool_search_call', call_id: 'a', arguments: {} },
      output('a'),
      output('a'),
      call('a'),
      output('a'),
    ];
    expect(arrange(stray)).toEqual({ turns: ['[a]', '[a_2]'], repairs: ['orphan-output', 'repeated-call-id'] });
    const request = readRequest({ model: 'm', input: stray });
    if (!request.ok) throw new Error('unreadable');
    const [, second] = arrangeTurns(request.value.input).turns;
    const [part] = second?.kind === 'assistant' ? second.parts : [];
    expect(part?.kind === 'call' ? part.output : undefined).toBe(request.value.input[4] as never);
  });

  test('a search that the provider ran pairs without an id', () => {
    const input = [
      { type: 'tool_search_call', call_id: null, arguments: {} },
      { type: 'tool_search_output', call_id: null, tools: [] },
    ];
    expect(arrange(input)).toEqual({ turns: ['[call_0]'], repairs: [] });
  });
});

test('any history: every call appears once under an id of its own, and no call waits across a turn', () => {
  const id = fc.constantFrom('a', 'b', 'c', 'a_2');
  const item = fc.oneof(
    id.map(call),
    id.map(output),
    fc.constant(user('u')),
    fc.constant(said('t')),
    fc.constant(thought),
  );
  fc.assert(
    fc.property(fc.array(item, { maxLength: 25 }), (input) => {
      const request = readRequest({ model: 'm', input });
      if (!request.ok) throw new Error('unreadable');
      const { turns } = arrangeTurns(request.value.input);
      const calls = turns
        .flatMap((turn) => (turn.kind === 'assistant' ? turn.parts : []))
        .filter((part) => part.kind === 'call');
      expect(calls).toHaveLength(input.filter((raw) => raw['type'] === 'function_call').length);
      expect(new Set(calls.map((part) => part.callId)).size).toBe(calls.length);
      const outputs = calls.flatMap((part) => (part.output === undefined ? [] : [part.output]));
      expect(new Set(outputs).size).toBe(outputs.length);
      expect(turns.filter((turn) => turn.kind === 'message')).toHaveLength(
        input.filter((raw) => raw['role'] === 'user').length,
      );
    }),
  );
});
