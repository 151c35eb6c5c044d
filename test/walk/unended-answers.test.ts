import { expect, test } from 'bun:test';
import type { Socket } from 'bun';
import { routeOver, startWalk } from './start-walk.ts';

const response = { id: 'resp_1', object: 'response', status: 'in_progress', model: 'gpt-5.5', output: [] };
const item = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'done', annotations: [] }],
};
const EVENTS = [
  { type: 'response.created', sequence_number: 0, response },
  { type: 'response.output_item.added', sequence_number: 1, output_index: 0, item: { ...item, content: [] } },
  { type: 'response.output_item.done', sequence_number: 2, output_index: 0, item },
  {
    type: 'response.completed',
    sequence_number: 3,
    response: { ...response, status: 'completed', output: [item] },
  },
];

/** A provider whose answers are complete and never end: no last chunk, no end of the connection. */
function serveUnended() {
  const open = new Set<Socket>();
  let opened = 0;
  const text = EVENTS.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  const answer = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n`;
  const listener = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open: (socket) => {
        opened += 1;
        open.add(socket);
      },
      data: (socket) => void socket.write(answer),
      close: (socket) => void open.delete(socket),
    },
  });
  return { url: `http://127.0.0.1:${listener.port}/v1`, open, opened: () => opened, stop: () => listener.stop(true) };
}

test('a provider that says that it is done and does not end keeps no connection', async () => {
  const provider = serveUnended();
  const walk = startWalk(routeOver([provider.url]));
  try {
    const body = { model: 'gpt-5.5', stream: true, input: 'go', tools: [] };
    const answers = await Promise.all([walk.ask(body), walk.ask(body), walk.ask(body)]);
    for (const answer of answers) expect(await answer.text()).toContain('response.completed');
    expect(provider.opened()).toBe(3);
    while (provider.open.size > 0) await Bun.sleep(20);
    expect(walk.exchanges.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok']);
  } finally {
    await walk.stop();
    provider.stop();
  }
}, 120_000);
