/**
 * The memory of a body is given back, and serves others, as soon as nobody needs it: what a target is sent must be its
 * own request to the last byte, however early it answers, breaks off or is overtaken while the request is under way.
 */
import { afterEach, expect, test } from 'bun:test';
import type net from 'node:net';
import { cleanUp, listen, onCleanUp } from '../../src/connect/upstream/__fixtures__/scripted-server.ts';
import { startWalk } from './start-walk.ts';

afterEach(cleanUp);

const REQUESTS = 48;
const AT_ONCE = 16;
/** More than the kernel takes for somebody who does not read, so that an early answer finds most of it unsent. */
const LONG_BYTES = 12_000_000;

/** Bytes that no other request has. */
function textOf(id: number): string {
  const length = id % 12 === 1 ? LONG_BYTES : 15_000 + ((id * 7919) % 300_000);
  const words = new Uint32Array(length / 8);
  let state = id + 1;
  for (let at = 0; at < words.length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[at] = state;
  }
  return `text ${id}: ${Buffer.from(words.buffer).toString('hex')}`;
}

const requestOf = (id: number, more: object = {}): string =>
  JSON.stringify({
    model: 'gpt-5.5',
    stream: true,
    ...more,
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: textOf(id) }] }],
  });

const chunk = (event: object): string => {
  const text = `data: ${JSON.stringify(event)}\n\n`;
  return `${text.length.toString(16)}\r\n${text}\r\n`;
};
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
const BUSY = 'HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\n{}';
const ITEM = {
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
};
const RESPONSE = { id: 'resp_1', object: 'response', created_at: 1, model: 'gpt-5.5', output: [] };
const DELTA = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'gpt-5.5' };
/** The beginnings and ends of an answer, by wire. */
const ANSWERS = {
  responses: [
    chunk({ type: 'response.created', response: { ...RESPONSE, status: 'in_progress' } }),
    chunk({ type: 'response.output_item.done', output_index: 0, item: ITEM }) +
      chunk({ type: 'response.completed', response: { ...RESPONSE, status: 'completed', output: [ITEM] } }),
  ],
  chat: [
    chunk({ ...DELTA, choices: [{ index: 0, delta: { role: 'assistant', content: 'Hi' }, finish_reason: null }] }),
    chunk({ ...DELTA, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  ],
} as const;

/** What a target was sent of one request. */
interface Sent {
  readonly wire: keyof typeof ANSWERS;
  readonly body: string;
  readonly isWhole: boolean;
}

/** A target that looks at what comes and behaves by the request's number. */
function startTarget(wire: keyof typeof ANSWERS, seen: Sent[]): Promise<string> {
  return listen((socket) => {
    let parts: Buffer[] = [];
    let length = 0;
    let total: number | undefined;
    let start = 0;
    let isAnswering = false;
    const take = (isWhole: boolean): void => {
      if (total === undefined) return;
      seen.push({ wire, body: Buffer.concat(parts).toString('latin1').slice(start), isWhole });
      parts = [];
      length = 0;
      total = undefined;
    };
    socket.on('close', () => take(false));
    socket.on('data', (data: Buffer) => {
      parts.push(data);
      length += data.length;
      if (total === undefined) {
        const text = Buffer.concat(parts).toString('latin1');
        const id = /text (\d+):/.exec(text)?.[1];
        if (id === undefined) return;
        start = text.indexOf('\r\n\r\n') + 4;
        total = start + Number(/content-length: (\d+)/.exec(text)?.[1]);
        isAnswering = begin(wire, Number(id), socket);
      }
      if (length < total) return;
      take(true);
      if (isAnswering) socket.write(`${ANSWERS[wire][1]}0\r\n\r\n`);
    });
  });
}

/** Answers whether the rest of an answer is to follow when the request is here. */
function begin(wire: keyof typeof ANSWERS, id: number, socket: net.Socket): boolean {
  const way = wire === 'chat' ? 4 : id % 6;
  if (way === 1) socket.resetAndDestroy();
  // The gateway goes on to the next target while this one has not read the request.
  if (way === 2) socket.pause().write(BUSY);
  // Says nothing and reads nothing: it is overtaken.
  if (way === 3) socket.pause();
  if (way < 4 && way > 0) return false;
  socket.write(HEAD + ANSWERS[wire][0]);
  // The memory of what was made for this target is given back long before it has read all of it.
  if (way === 4) setTimeout(() => socket.resume(), 100);
  if (way === 4) socket.pause();
  return true;
}

test('every target is sent its own request, whatever becomes of the others', async () => {
  const seen: Sent[] = [];
  const urls = [await startTarget('responses', seen), await startTarget('chat', seen)];
  const providers = (['responses', 'chat'] as const).map(
    (wire, index) => `[providers.p${index}]\nwire = "${wire}"\nbase_url = "${urls[index]}"\nkey = "none"\n`,
  );
  const targets = [0, 1].map((index) => `  [[routes.targets]]\n  provider = "p${index}"\n  priority = ${index + 1}\n`);
  const walk = startWalk(
    `[server]\nlisten = "127.0.0.1:0"\n[retry]\nhedge_after = "1s"\nbudget_ratio = 10\n[health]\nconsecutive_failures = 1000\n${providers.join('')}[[routes]]\nid = "r"\nmodels = ["gpt-*"]\n${targets.join('')}`,
  );
  onCleanUp(() => void walk.stop());
  let next = 0;
  const client = async (): Promise<void> => {
    for (let id = next++; id < REQUESTS; id = next++) {
      const answer = await walk.ask(requestOf(id, { client_metadata: { cut: 'out' } }));
      expect(await answer.text()).toContain('response.completed');
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));

  const wrong = seen.filter(({ wire, body, isWhole }) => {
    const id = Number(/text (\d+):/.exec(body)?.[1]);
    if (wire === 'responses') return isWhole ? body !== requestOf(id) : !requestOf(id).startsWith(body);
    return isWhole && !body.includes(`"${textOf(id)}"`);
  });
  expect(wrong.map(({ wire, body }) => `${wire} ${body.slice(0, 200)}`)).toEqual([]);
  const count = (wire: string, isWhole: boolean): number =>
    seen.filter((sent) => sent.wire === wire && sent.isWhole === isWhole).length;
  expect(count('responses', true)).toBeGreaterThan(5);
  expect(count('responses', false)).toBeGreaterThan(5);
  expect(count('chat', true)).toBeGreaterThan(5);
  const ends = walk.exchanges.flatMap(({ attempts }) => attempts.map(({ reason, outcome }) => `${reason} ${outcome}`));
  expect(new Set(ends).isSupersetOf(new Set(['first ok', 'first HEDGE_LOST', 'hedge ok', 'failover ok']))).toBe(true);
  expect(walk.logLines.filter((line) => line.startsWith('internal-error'))).toEqual([]);
}, 120_000);
