import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import fc from 'fast-check';
import { openState } from '../../continuity/envelope.ts';
import { checkStream, checkWithSdk } from '../__fixtures__/check-stream.ts';
import { expectGolden, fixtureNames, readFixture } from '../__fixtures__/golden.ts';
import { classifyFrame, createFrameView } from '../observe/classify-frame.ts';
import { asObject, asObjects, type JsonObject } from '../read-json.ts';
import { isUpstreamFailure, type ResponsesEvent } from '../responses/events.ts';
import { readRequest } from '../responses/request.ts';
import { findResponsesDialect } from './dialects.ts';
import { sanitiseRequest } from './sanitise-lane.ts';

const FOLDER = join(import.meta.dir, '__fixtures__/restore');
const lookup = { type: 'function', name: 'lookup', parameters: {} };
const REQUEST: JsonObject = {
  model: 'gpt-5.5',
  input: [
    { type: 'function_call', id: 'fc_used', call_id: 'call_used', name: 'shell', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_used', output: 'x' },
  ],
  tools: [
    { type: 'function', name: 'shell' },
    { type: 'custom', name: 'apply_patch' },
    { type: 'namespace', name: 'mcp__demo', tools: [lookup] },
    { type: 'namespace', name: 'functions', tools: [{ type: 'custom', name: 'exec' }] },
    { type: 'tool_search', execution: 'client' },
  ],
};

function answerOf(dialect: string) {
  const request = readRequest(REQUEST);
  if (!request.ok) throw new Error(request.problem.message);
  const sanitised = sanitiseRequest(request.value, findResponsesDialect(dialect), {
    model: 'grok',
    stateDomain: 'xai',
    dialect,
    stream: true,
    onLength: 'continue',
    echo: 'lean',
    pseudonym: (name: string) => name,
    seed: 'seed1',
    nowSeconds: () => 1_800_000_000,
    isForeign: () => false,
  });
  if (!sanitised.ok || sanitised.value.answer === undefined) throw new Error('no answer to map');
  return sanitised.value.answer;
}

interface Restored {
  readonly events: readonly JsonObject[];
  /** How many went on as they were. */
  readonly passed: number;
}

/** As the walk does it: what may pass is not given to the decoder. */
function restore(lines: readonly string[], dialect: string): Restored {
  const decoder = answerOf(dialect).createStreamDecoder();
  const view = createFrameView();
  const events: JsonObject[] = [];
  let passed = 0;
  for (const line of lines) {
    const frame = Buffer.from(`data: ${line}\n\n`);
    classifyFrame(frame, 0, frame.length, view);
    if (decoder.passes?.(view.kind) === true) {
      passed += 1;
      events.push(JSON.parse(line));
    } else events.push(...(decoder.push(line) as readonly JsonObject[]));
  }
  events.push(...(decoder.end() as readonly JsonObject[]));
  return { events, passed };
}

const recorded = (name: string): readonly string[] => readFixture(FOLDER, `${name}.upstream.jsonl`).trim().split('\n');
const names = fixtureNames(FOLDER, '.upstream.jsonl');

describe('what vendors send, as Codex needs it', () => {
  test.each(names)('%s', (name) => {
    const { events } = restore(recorded(name), name.includes('its-own') ? 'deepseek' : 'xai');
    expectGolden(join(FOLDER, `${name}.events.jsonl`), `${events.map((event) => JSON.stringify(event)).join('\n')}\n`);
  });

  test.each(names.filter((name) => !name.includes('no-numbers')))('%s: numbers without a gap', (name) => {
    const { events } = restore(recorded(name), 'xai');
    expect(events.map((event) => event['sequence_number'])).toEqual(events.map((_, at) => at));
  });

  const WHOLE = names.filter((name) => !/no-numbers|ids-that/.test(name));
  test.each(WHOLE)('%s: a strict reader and the official SDK have no objection', async (name) => {
    const { events } = restore(recorded(name), name.includes('its-own') ? 'deepseek' : 'xai');
    checkStream(events as readonly ResponsesEvent[]);
    await checkWithSdk(events as readonly ResponsesEvent[], asObject(events.at(-1)?.['response']) ?? {});
  });

  test('an answer without calls passes but for the events that say whose it is, and its first text', () => {
    const lines = recorded('text-alone-passes');
    const { events, passed } = restore(lines, 'xai');
    expect(passed).toBe(3);
    expect(events).toHaveLength(lines.length);
  });

  test('texts of done events are what their deltas add up to', () => {
    const { events } = restore(recorded('reasoning-text-and-every-kind-of-call'), 'xai');
    const deltas = events.filter((event) => event['type'] === 'response.custom_tool_call_input.delta');
    const done = events.find((event) => event['type'] === 'response.custom_tool_call_input.done');
    expect(deltas.map((event) => event['delta']).join('')).toBe(done?.['input'] as string);
  });
});

describe('a whole answer', () => {
  const output = [
    { type: 'reasoning', id: 'rs_1', encrypted_content: 'vendor-blob' },
    { type: 'function_call', id: 'same', call_id: 'same', name: 'apply_patch', arguments: '{"input":"raw"}' },
    { type: 'function_call', id: 'same', call_id: 'same', name: 'mcp__demo__lookup', arguments: '{}' },
  ];

  test('its items are restored, two of one id to two', () => {
    const body =
      asObject(answerOf('xai').decodeBody({ id: 'resp_1', object: 'response', status: 'completed', output })) ?? {};
    expect(asObjects(body['output'])).toMatchObject([
      { type: 'reasoning', id: 'rs_1', summary: [] },
      { type: 'custom_tool_call', id: 'ctc_seed1_1', call_id: 'same', name: 'apply_patch', input: 'raw' },
      { type: 'function_call', id: 'fc_seed1_2', call_id: 'call_seed1_3', name: 'lookup', namespace: 'mcp__demo' },
    ]);
    expect(body).toMatchObject({ status: 'completed', usage: null, store: false, tools: [] });
  });

  test.each([[undefined], [null], ['text'], [[]], [{}], [{ error: { message: 'no' } }], [{ output: 'text' }]])(
    '%p is left for the walk to judge',
    (body) => {
      expect(answerOf('xai').decodeBody(body)).toEqual((asObject(body) ?? {}) as never);
    },
  );
});

test('reasoning is sealed for its maker: the vendor, the account, the model', () => {
  const { events } = restore(recorded('reasoning-text-and-every-kind-of-call'), 'xai');
  const item = events.map((event) => asObject(event['item'])).find((one) => one?.['encrypted_content'] !== undefined);
  const owner = { domain: 'xai', model: 'grok', wire: 'responses' };
  expect(openState(item?.['encrypted_content'], owner)).toEqual({ kind: 'own', payload: { blob: 'vendor-blob' } });
  expect(openState(item?.['encrypted_content'], { ...owner, model: 'other' }).kind).toBe('foreign');
});

test('any events in any order never throw, and what is no JSON is a failure of the upstream', () => {
  const lines = names.flatMap(recorded);
  const line = fc.oneof(fc.constantFrom(...lines), fc.json(), fc.string());
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), (some) => {
      const decoder = answerOf('xai').createStreamDecoder();
      for (const one of some) {
        const isJson = asObject(tryParse(one)) !== undefined;
        const outs = decoder.push(one);
        expect(outs.some(isUpstreamFailure)).toBe(!isJson);
      }
    }),
  );
});

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
