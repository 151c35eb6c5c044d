import { afterEach, expect, test } from 'bun:test';
import type net from 'node:net';
import { answerEach, cleanUp, onCleanUp } from '../../src/connect/upstream/__fixtures__/scripted-server.ts';
import { encodeEvent } from '../../src/decide/continuity/rewrite-event.ts';
import { codexBody, eventsOf, PROMPT } from './codex-model.ts';
import { CODEX_HEADERS, routeOver, startWalk, type WalkGateway } from './start-walk.ts';

afterEach(cleanUp);

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
const LAST = '0\r\n\r\n';

const frame = (event: Parameters<typeof encodeEvent>[0]): string => encodeEvent(event).toString();
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const delta = (sequence: number, text: string, id = 'msg_1'): string =>
  frame({
    type: 'response.output_text.delta',
    sequence_number: sequence,
    item_id: id,
    output_index: 0,
    content_index: 0,
    delta: text,
  });

const itemOf = (text: string, id: string) => ({
  type: 'message',
  id,
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
});

const opening = (id = 'msg_1'): string =>
  [
    { type: 'response.created', sequence_number: 0, response: { id: `resp_${id}`, status: 'in_progress', output: [] } },
    {
      type: 'response.output_item.added',
      sequence_number: 1,
      output_index: 0,
      item: { ...itemOf('', id), status: 'in_progress', content: [] },
    },
  ]
    .map(frame)
    .join('') + delta(2, 'w0 ', id);

const closing = (sequence: number, text: string, id = 'msg_1'): string => {
  const item = itemOf(text, id);
  return [
    { type: 'response.output_item.done', sequence_number: sequence, output_index: 0, item },
    {
      type: 'response.completed',
      sequence_number: sequence + 1,
      response: { id: `resp_${id}`, status: 'completed', output: [item], usage: null },
    },
  ]
    .map(frame)
    .join('');
};

/** A client that reads as it comes, and whose every look at the answer the provider can wait for. */
class Reader {
  text = '';
  private onText: () => void = () => {};

  async read(answer: Promise<Response>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of (await answer).body ?? []) {
      this.text += decoder.decode(bytes, { stream: true });
      this.onText();
    }
  }

  /** Resolves when the client has seen `text`. */
  async saw(text: string): Promise<void> {
    while (!this.text.includes(text)) await new Promise<void>((resolve) => (this.onText = resolve));
  }
}

type Act = (socket: net.Socket, client: Reader) => Promise<void>;

/** One request, answered by each of `providers` as it likes. */
async function converse(
  providers: readonly Act[],
  keepAlive = '5s',
): Promise<{ readonly text: string; readonly walk: WalkGateway }> {
  const client = new Reader();
  const urls: string[] = [];
  for (const act of providers) urls.push(await answerEach((socket) => void act(socket, client)));
  const walk = startWalk(routeOver(urls).replace('keep_alive = "5s"', `keep_alive = "${keepAlive}"`));
  onCleanUp(() => void walk.stop());
  await client.read(walk.ask(codexBody([PROMPT]), CODEX_HEADERS));
  return { text: client.text, walk };
}

/** Sends deltas `[from, to)`, each alone: the next one only when the client has seen the last. Answers their text. */
async function sendAlone(socket: net.Socket, client: Reader, from: number, to: number): Promise<string> {
  let text = '';
  for (let index = from; index < to; index++) {
    const word = `w${index}é `;
    socket.write(chunk(delta(index + 2, word)));
    await client.saw(word);
    text += word;
  }
  return text;
}

const sequencesOf = (text: string): readonly unknown[] => eventsOf(text).map((event) => event['sequence_number']);
const count = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

test('deltas that come one by one reach the client as they are, and are counted', async () => {
  const { text, walk } = await converse([
    async (socket, client) => {
      socket.write(HEAD + chunk(opening()));
      const words = await sendAlone(socket, client, 1, 30);
      socket.write(chunk(closing(32, `w0 ${words}`)) + LAST);
    },
  ]);
  const words = count(29).map((index) => `w${index + 1}é `);
  const sent =
    opening() + words.map((word, index) => delta(index + 3, word)).join('') + closing(32, `w0 ${words.join('')}`);
  expect(text).toBe(sent);
  expect(walk.exchanges.map((exchange) => [exchange.outcome, exchange.attempts.length])).toEqual([['ok', 1]]);
  expect(walk.exchanges[0]?.responseBytes).toBe(Buffer.byteLength(sent));
});

test('whoever takes over goes on behind the last of them', async () => {
  const { text, walk } = await converse([
    async (socket, client) => {
      socket.write(HEAD + chunk(opening()));
      await sendAlone(socket, client, 1, 10);
      socket.destroy();
    },
    async (socket) => void socket.write(HEAD + chunk(opening('msg_2') + closing(3, 'w0 ', 'msg_2')) + LAST),
  ]);
  expect(sequencesOf(text)).toEqual(count(sequencesOf(text).length));
  expect(eventsOf(text).at(-1)?.['type']).toBe('response.completed');
  expect(walk.exchanges[0]?.attempts.map((attempt) => attempt.outcome)).toEqual(['CONNECTION_RESET', 'ok']);
});

test('those behind a sign of life of ours are numbered behind it', async () => {
  const alive = '"type":"keepalive"';
  const { text } = await converse(
    [
      async (socket, client) => {
        socket.write(HEAD + chunk(opening()));
        const words = await sendAlone(socket, client, 1, 5);
        await client.saw(alive);
        const more = await sendAlone(socket, client, 5, 10);
        socket.write(chunk(closing(12, `w0 ${words}${more}`)) + LAST);
      },
    ],
    '100ms',
  );
  expect(text.includes(alive)).toBe(true);
  expect(sequencesOf(text)).toEqual(count(sequencesOf(text).length));
});

test('what only looks like a chunk with a delta is read as what it is', async () => {
  const word = 'in the middle ';
  const inner = delta(6, word);
  const lookAlike = chunk(inner);
  const { text, walk } = await converse([
    async (socket, client) => {
      socket.write(HEAD + chunk(opening()));
      const words = await sendAlone(socket, client, 1, 3);
      // One chunk: a delta, and behind it an event whose first line has the form of a chunk's size.
      const outer = chunk(delta(5, 'before ') + lookAlike);
      socket.write(outer.slice(0, -2 - lookAlike.length));
      await client.saw('before ');
      socket.write(lookAlike);
      await client.saw(word);
      socket.write(outer.slice(-2) + chunk(closing(7, `w0 ${words}before ${word}`)) + LAST);
    },
  ]);
  expect(text.includes(lookAlike.slice(0, -2))).toBe(true);
  expect(eventsOf(text).at(-1)?.['type']).toBe('response.completed');
  expect(walk.exchanges[0]?.attempts.map((attempt) => attempt.outcome)).toEqual(['ok']);
});
