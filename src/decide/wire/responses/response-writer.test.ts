import { describe, expect, test } from 'bun:test';
import { asObject, asObjects, type JsonObject } from '../read-json.ts';
import { countedIds, type ResponsesEvent } from './events.ts';
import { readRequest } from './request.ts';
import { echoRequest } from './response-object.ts';
import { createResponseWriter, type ResponseWriter } from './response-writer.ts';

function createWriter(): ResponseWriter {
  const request = readRequest({ model: 'm', input: 'hi', tools: [{ type: 'function', name: 'f' }] });
  if (!request.ok) throw new Error('unreadable');
  return createResponseWriter({
    seed: { id: 'resp_1', createdAt: 100, model: 'm', echo: echoRequest(request.value, 'full') },
    ids: countedIds('t'),
    nowSeconds: () => 101,
  });
}

const types = (events: readonly ResponsesEvent[]): readonly string[] =>
  events.map((event) => event.type.replace('response.', ''));

function responseOf(events: readonly ResponsesEvent[]): JsonObject {
  return asObject(events.at(-1)?.['response']) ?? {};
}

describe('a whole answer', () => {
  const writer = createWriter();
  writer.start();
  const reasoning = writer.openReasoning();
  writer.summaryDelta(reasoning, 'think');
  writer.summaryDelta(reasoning, 'ing');
  writer.endSummaryPart(reasoning);
  writer.summaryDelta(reasoning, 'more');
  writer.closeItem(reasoning, { encryptedContent: 'hf1_metadata.x' });
  const message = writer.openMessage();
  writer.textDelta(message, 'Hel');
  writer.textDelta(message, 'lo');
  writer.annotation(message, { type: 'url_citation' });
  writer.closeItem(message, { phase: 'commentary' });
  const call = writer.openCall({ kind: 'function', name: 'f', namespace: 'ns', callId: 'c1' });
  const custom = writer.openCall({ kind: 'custom', name: 'exec', callId: 'c2' });
  writer.argumentsDelta(call, '{"a"');
  writer.argumentsDelta(custom, 'text(1)');
  writer.argumentsDelta(call, ':1}');
  writer.closeItem(call);
  writer.closeItem(custom);
  const search = writer.openCall({ kind: 'tool_search', name: 'tool_search', callId: 'c3' });
  writer.argumentsDelta(search, '{"query":"q"}');
  writer.closeItem(search);
  writer.completed({
    usage: { inputTokens: 5, cachedInputTokens: 1, outputTokens: 7, reasoningTokens: 2 },
    endTurn: false,
  });
  writer.textDelta(message, 'late');
  const events = writer.drain();

  test('comes in the order of the specification', () => {
    expect(types(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.annotation.added',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'output_item.added',
      'output_item.added',
      'function_call_arguments.delta',
      'custom_tool_call_input.delta',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'custom_tool_call_input.done',
      'output_item.done',
      'output_item.added',
      'output_item.done',
      'completed',
    ]);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, at) => at));
  });

  test('ends with the full response: items in order, usage with a total, the request said back', () => {
    const { output: _items, ...response } = responseOf(events);
    expect(response).toEqual({
      id: 'resp_1',
      object: 'response',
      created_at: 100,
      completed_at: 101,
      status: 'completed',
      incomplete_details: null,
      model: 'm',
      access_programs: null,
      previous_response_id: null,
      instructions: null,
      tools: [{ type: 'function', name: 'f', description: null, parameters: null, strict: null }],
      tool_choice: 'auto',
      truncation: 'disabled',
      parallel_tool_calls: true,
      text: { format: { type: 'text' } },
      top_p: 1,
      presence_penalty: 0,
      frequency_penalty: 0,
      top_logprobs: 0,
      temperature: 1,
      reasoning: { effort: null, summary: null },
      max_output_tokens: null,
      max_tool_calls: null,
      store: false,
      background: false,
      service_tier: 'default',
      metadata: {},
      safety_identifier: null,
      prompt_cache_key: null,
      error: null,
      usage: {
        input_tokens: 5,
        input_tokens_details: { cached_tokens: 1, cache_write_tokens: 0 },
        output_tokens: 7,
        output_tokens_details: { reasoning_tokens: 2 },
        total_tokens: 12,
      },
      end_turn: false,
    });
    expect(asObjects(responseOf(events)['output']).map((item) => item['type'])).toEqual([
      'reasoning',
      'message',
      'function_call',
      'custom_tool_call',
      'tool_search_call',
    ]);
  });
});

test('a dropped item is never done and no part of the output', () => {
  const writer = createWriter();
  const call = writer.openCall({ kind: 'function', name: 'f', callId: 'c' });
  writer.argumentsDelta(call, '{');
  writer.dropItem(call);
  writer.closeItem(call);
  const message = writer.openMessage();
  writer.textDelta(message, 'x');
  writer.closeItem(message);
  writer.completed();
  const events = writer.drain();
  expect(events.filter((event) => event.type === 'response.output_item.done')).toHaveLength(1);
  expect(asObjects(responseOf(events)['output'])).toHaveLength(1);
  expect(message).toBe(1);
});

test('text and refusal are two parts of one message', () => {
  const writer = createWriter();
  const message = writer.openMessage();
  writer.textDelta(message, 'a');
  writer.refusalDelta(message, 'no');
  writer.closeItem(message);
  writer.completed();
  expect(asObjects(asObjects(responseOf(writer.drain())['output'])[0]?.['content'])).toEqual([
    { type: 'output_text', text: 'a', annotations: [], logprobs: [] },
    { type: 'refusal', refusal: 'no' },
  ]);
});

test.each([
  ['failed', (writer: ResponseWriter) => writer.failed({ code: 'server_error', message: 'm' })],
  ['incomplete', (writer: ResponseWriter) => writer.incomplete('max_output_tokens')],
] as const)('a writer that %s before anything else still begins with created', (status, end) => {
  const writer = createWriter();
  end(writer);
  writer.completed();
  const events = writer.drain();
  expect(types(events)).toEqual(['created', 'in_progress', status]);
  expect(responseOf(events)['status']).toBe(status);
});

test('keep-alive repeats in_progress', () => {
  const writer = createWriter();
  writer.keepAlive();
  writer.keepAlive();
  expect(types(writer.drain())).toEqual(['created', 'in_progress', 'in_progress']);
});
