/** What must hold of the events of every translated lane, and a form of them that people can review. */
import { expect } from 'bun:test';
import OpenAI from 'openai';
import { sealState } from '../../continuity/envelope.ts';
import { asObject, asObjects, asString, type JsonObject } from '../read-json.ts';
import { EventRenderer } from '../responses/render-events.ts';
import { isUpstreamFailure, type ResponsesEvent, type WireOut } from '../responses/events.ts';
import { findEventProblems } from './match-sdk-types.ts';

/** What must hold of every stream, whatever the upstream did (wire-facts §2.1). */
export function checkStream(outs: readonly WireOut[]): void {
  const events = outs.filter((out): out is ResponsesEvent => !isUpstreamFailure(out));
  const failures = outs.filter(isUpstreamFailure);
  expect(events.flatMap(findEventProblems)).toEqual([]);
  expect(failures.length <= 1 && (failures.length === 0 || isFailureLast(outs))).toBe(true);
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, at) => at));
  const terminal = events.filter((event) => /^response\.(completed|failed|incomplete)$/.test(event.type));
  expect(terminal.length + failures.length).toBe(1);
  if (terminal.length === 1) expect(events.at(-1)).toBe(terminal[0] as ResponsesEvent);
  const added = events.filter((event) => event.type === 'response.output_item.added');
  expect(added.map((event) => event['output_index'])).toEqual(added.map((_event, at) => at));
  const ids = added.map((event) => asObject(event['item'])?.['id']);
  expect(new Set(ids).size).toBe(ids.length);
  const done = events.filter((event) => event.type === 'response.output_item.done');
  for (const event of done) checkItem(events, event);
  const callIds = done.map((event) => asString(asObject(event['item'])?.['call_id'])).filter((id) => id !== undefined);
  expect(new Set(callIds).size).toBe(callIds.length);
  const output = asObjects(asObject(terminal[0]?.['response'])?.['output']);
  if (terminal.length === 1) expect(output).toHaveLength(done.length);
}

function isFailureLast(outs: readonly WireOut[]): boolean {
  const last = outs.at(-1);
  return last !== undefined && isUpstreamFailure(last);
}

/** The id, index and text of an item are the same in all of its events. */
function checkItem(events: readonly ResponsesEvent[], done: ResponsesEvent): void {
  const item = asObject(done['item']) ?? {};
  const own = events.filter((event) => event['output_index'] === done['output_index']);
  expect(asObject(own[0]?.['item'])?.['id']).toBe(item['id']);
  expect(own.at(-1)).toBe(done);
  for (const event of own) if ('item_id' in event) expect(event['item_id']).toBe(item['id']);
  const deltas = own
    .filter((event) => event.type.endsWith('.delta'))
    .map((event) => event['delta'])
    .join('');
  switch (item['type']) {
    case 'message':
      expect(
        asObjects(item['content'])
          .map((part) => part['text'] ?? part['refusal'])
          .join(''),
      ).toBe(deltas);
      break;
    case 'reasoning':
      expect(
        asObjects(item['summary'])
          .map((part) => part['text'])
          .join(''),
      ).toBe(deltas);
      break;
    case 'function_call':
      expect(item['arguments']).toBe(deltas);
      break;
    case 'custom_tool_call':
      expect(item['input']).toBe(deltas);
      break;
  }
}

/** The official SDK makes the same response of the events as their last one says. */
export async function checkWithSdk(events: readonly ResponsesEvent[], terminal: JsonObject): Promise<void> {
  const body = encodeEvents(events);
  const client = new OpenAI({
    apiKey: 'none',
    baseURL: 'http://127.0.0.1:1',
    fetch: async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
  });
  const stream = client.responses.stream({ model: 'm', input: 'hi' });
  const seen: string[] = [];
  stream.on('event', (event) => void seen.push(event.type));
  const final: unknown = await stream.finalResponse();
  expect(seen).toEqual(events.map((event) => event.type));
  expect(asObject(final)?.['id']).toBe(terminal['id']);
  expect(asObjects(asObject(final)?.['output']).map((item) => item['id'])).toEqual(
    asObjects(terminal['output']).map((item) => item['id']),
  );
}

/** One line an event, with what a reader wants to see of the response object, and envelopes opened. */
export function renderEvents(outs: readonly WireOut[]): string {
  return outs.map((out) => `${JSON.stringify(out, readable)}\n`).join('');
}

function readable(key: string, value: unknown): unknown {
  if (key === 'encrypted_content' && typeof value === 'string' && value.startsWith('hf1_metadata.')) return asObject(openForReaders(value));
  const response = key === 'response' ? asObject(value) : undefined;
  if (response === undefined) return value;
  const { status, usage, end_turn, incomplete_details, output } = response;
  return { status, usage, end_turn, incomplete_details, output: Array.isArray(output) ? output.map((item) => item.id) : output };
}

function openForReaders(sealed: string): unknown {
  const envelope = JSON.parse(Buffer.from(sealed.slice(sealed.indexOf('.') + 1), 'base64url').toString('utf8'));
  // Proves that it is one of ours: sealing it again gives the same text.
  const again = sealState({ domain: envelope.d, model: envelope.m, wire: envelope.w }, envelope.p);
  return again === sealed ? envelope : { broken: sealed };
}

export function encodeEvents(events: readonly ResponsesEvent[]): Buffer {
  const renderer = new EventRenderer();
  return Buffer.from(events.map((event) => renderer.render(event)).join(''));
}
