import { afterEach, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import type net from 'node:net';
import { cleanUp, failureOf, listen, OK, PATIENT, requestTo } from './__fixtures__/scripted-server.ts';
import { serveTls } from './__fixtures__/serve-tls.ts';
import { createSocketUpstream } from './create-socket-upstream.ts';
import { createSystemClock } from './create-system-clock.ts';

const clock = createSystemClock();
const file = (name: string): string => new URL(`./__fixtures__/${name}`, import.meta.url).pathname;
const CERTIFICATE = file('self-signed.pem');

afterEach(cleanUp);

/** What a process with this environment gets from each address. */
async function ask(env: Readonly<Record<string, string>>, urls: readonly string[]): Promise<string[]> {
  const child = Bun.spawn([process.execPath, file('ask-over-tls.ts'), ...urls], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdout: 'pipe',
    stderr: 'inherit',
  });
  return JSON.parse(await new Response(child.stdout).text());
}

describe('certificates', () => {
  test.each(['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'])(
    'an authority of one’s own by %s, for its names only',
    async (name) => {
      const port = await serveTls('self-signed.pem', (socket) => socket.on('data', () => socket.write(OK)));
      const hosts = ['localhost', '127.0.0.1', '127.0.0.2'];
      expect(
        await ask(
          { [name]: CERTIFICATE },
          hosts.map((host) => `https://${host}:${port}`),
        ),
      ).toEqual(['ok', 'ok', 'TLS_FAILED ERR_TLS_CERT_ALTNAME_INVALID']);
    },
  );

  test('an expired one of a known authority', async () => {
    const port = await serveTls('expired.pem', (socket) => socket.write(OK));
    expect(await ask({ NODE_EXTRA_CA_CERTS: file('expired.pem') }, [`https://localhost:${port}`])).toEqual([
      'TLS_FAILED CERT_HAS_EXPIRED',
    ]);
  });

  test('NODE_TLS_REJECT_UNAUTHORIZED=0 opens no door', async () => {
    const port = await serveTls('self-signed.pem', (socket) => socket.write(OK));
    expect(await ask({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, [`https://localhost:${port}`])).toEqual([
      'TLS_FAILED DEPTH_ZERO_SELF_SIGNED_CERT',
    ]);
  });

  test('nothing is sent to a server whose certificate is not right', async () => {
    let received = 0;
    const port = await serveTls('self-signed.pem', (socket) => socket.on('data', (data) => (received += data.length)));
    const failure = await failureOf(createSocketUpstream({ clock }).send(requestTo(`https://localhost:${port}`)));
    expect(failure).toEqual({ code: 'TLS_FAILED', upstreamCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    await Bun.sleep(50);
    expect(received).toBe(0);
  });
});

describe('over TLS', () => {
  test('HTTP/1.1 is what is asked for', async () => {
    const protocols: (string | false | null)[] = [];
    const port = await serveTls(
      'self-signed.pem',
      (socket) => {
        protocols.push(socket.alpnProtocol);
        socket.on('data', () => socket.write(OK));
      },
      { ALPNProtocols: ['h2', 'http/1.1'] },
    );
    expect(await ask({ NODE_EXTRA_CA_CERTS: CERTIFICATE }, [`https://localhost:${port}`])).toEqual(['ok']);
    expect(protocols).toEqual(['http/1.1']);
  });

  test('a server that speaks only HTTP/2 fails', async () => {
    const port = await serveTls('self-signed.pem', (socket) => socket.write(OK), { ALPNProtocols: ['h2'] });
    const [answer] = await ask({ NODE_EXTRA_CA_CERTS: CERTIFICATE }, [`https://localhost:${port}`]);
    expect(answer).toStartWith('TLS_FAILED ');
  });

  test('a handshake that nobody answers counts as connecting', async () => {
    const url = await listen(() => {});
    const timeouts = { ...PATIENT, connectMs: 200 };
    const request = requestTo(url.replace('http', 'https'), { provider: { timeouts } });
    expect(await failureOf(createSocketUpstream({ clock }).send(request))).toEqual({ code: 'CONNECT_TIMEOUT' });
  });

  const ends: [string, (socket: net.Socket) => void][] = [
    ['closed', (socket) => socket.end()],
    ['reset', (socket) => socket.resetAndDestroy()],
  ];
  test.each(ends)('a handshake that is %s', async (_name, end) => {
    const url = await listen((socket) => socket.on('data', () => end(socket)));
    const request = requestTo(url.replace('http', 'https'));
    expect(await failureOf(createSocketUpstream({ clock }).send(request))).toEqual({ code: 'CONNECTION_RESET' });
  });

  test('long bodies arrive as they are both ways, to a slow server and a slow client', async () => {
    const port = await serveTls('self-signed.pem', (socket) => {
      const timer = setInterval(() => (socket.isPaused() ? socket.resume() : socket.pause()), 3);
      socket.on('close', () => clearInterval(timer));
      let head = '';
      let left = -1;
      socket.on('data', (data) => {
        let body = data;
        if (left === -1) {
          head += data.toString('latin1');
          const end = head.indexOf('\r\n\r\n');
          if (end === -1) return;
          left = Number(/content-length: (\d+)/.exec(head)?.[1]);
          socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${left}\r\n\r\n`);
          body = Buffer.from(head.slice(end + 4), 'latin1');
          head = '';
        }
        left -= body.length;
        if (left === 0) left = -1;
        socket.write(body);
      });
    });
    const [answer] = await ask({ NODE_EXTRA_CA_CERTS: CERTIFICATE, ECHO_BYTES: '4000000' }, [
      `https://localhost:${port}`,
    ]);
    const body = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const expected = createHash('sha256');
    for (let sent = 0; sent < 4_000_000; sent += 256) expected.update(body);
    expect(answer).toBe(expected.digest('hex'));
  }, 120_000);
});
