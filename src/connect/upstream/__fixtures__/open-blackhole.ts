import net from 'node:net';
import { onCleanUp, text } from './scripted-server.ts';

/** So many turns of the event loop. The system queues what it will queue within a few, however busy it is. */
async function turn(times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) await Bun.sleep(5);
}

/** Listens, but never accepts: a stopped process whose queue is full. */
export async function openBlackhole(): Promise<string> {
  const source = `const s = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))`;
  const child = Bun.spawn([process.execPath, '-e', source], { stdout: 'pipe' });
  onCleanUp(() => child.kill('SIGKILL'));
  const { value } = await child.stdout.getReader().read();
  const port = Number(text(value));
  child.kill('SIGSTOP');
  let hasQueued = true;
  while (hasQueued) {
    const sockets = Array.from({ length: 200 }, () => net.connect(port, '127.0.0.1'));
    onCleanUp(() => sockets.forEach((socket) => void socket.destroy()));
    const connected = sockets.map(
      (socket) => new Promise((resolve) => socket.on('error', () => {}).on('connect', resolve)),
    );
    hasQueued = await Promise.race([Promise.all(connected).then(() => true), turn(60).then(() => false)]);
  }
  return `http://127.0.0.1:${port}`;
}
