/**
 * `abort-streams.ts COUNT`: as many streams, each left in its middle: by the signal, by close(), or unread. Prints the
 * resident memory after the first fifth and at the end, in bytes, and how many connections stayed open.
 */
import { createSocketUpstream } from '../create-socket-upstream.ts';
import { createSystemClock } from '../create-system-clock.ts';
import { requestTo } from './scripted-server.ts';

const count = Number(process.argv[2]);
let open = 0;
const part = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8000\r\n${'x'.repeat(0x8000)}\r\n`;
const server = Bun.listen({
  hostname: '127.0.0.1',
  port: 0,
  socket: {
    open: () => void (open += 1),
    close: () => void (open -= 1),
    data: (socket, bytes) => {
      // The request has one part: a small one.
      if (bytes.length > 0) socket.write(part);
    },
  },
});
const upstream = createSocketUpstream({ clock: createSystemClock() });
const base = requestTo(`http://127.0.0.1:${server.port}`);

async function abortOne(index: number): Promise<void> {
  const controller = new AbortController();
  const response = await upstream.send({ ...base, signal: controller.signal });
  if (index % 3 > 0) await response.read();
  if (index % 2 === 0) response.close();
  else controller.abort();
}

let next = 0;
async function abortUntil(end: number): Promise<number> {
  const worker = async (): Promise<void> => {
    while (next < end) await abortOne(next++);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  Bun.gc(true);
  return process.memoryUsage.rss();
}

const early = await abortUntil(count / 5);
const late = await abortUntil(count);
for (let looks = 0; open > 0 && looks < 1000; looks += 1) await Bun.sleep(10);
process.stdout.write(JSON.stringify({ early, late, open }));
process.exit(0);
