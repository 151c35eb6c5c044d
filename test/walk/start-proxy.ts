import net from 'node:net';

/** A forward proxy: tunnels for CONNECT, and plain requests with an absolute target. It sees bytes, not answers. */
export interface ForwardProxy {
  readonly url: string;
  /** What it was asked for: `CONNECT host:port` or `POST http://…`. */
  readonly asked: readonly string[];
  readonly stop: () => Promise<void>;
}

const HEAD_END = '\r\n\r\n';

export async function startProxy(): Promise<ForwardProxy> {
  const asked: string[] = [];
  const sockets = new Set<net.Socket>();
  const keep = (socket: net.Socket): net.Socket => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    return socket;
  };
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    keep(client);
    let text = '';
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const end = text.indexOf(HEAD_END);
      if (end === -1) return;
      client.off('data', onData).pause();
      serve(client, text.slice(0, end), text.slice(end + HEAD_END.length));
    };
    client.on('data', onData);
  });

  const serve = (client: net.Socket, head: string, rest: string): void => {
    const [line = '', ...headers] = head.split('\r\n');
    const [method = '', target = ''] = line.split(' ');
    asked.push(`${method} ${target}`);
    const isTunnel = method === 'CONNECT';
    const url = new URL(isTunnel ? `http://${target}` : target);
    const upstream = keep(net.connect({ host: url.hostname, port: Number(url.port || 80), allowHalfOpen: true }));
    let hasConnected = false;
    upstream.on('connect', () => {
      hasConnected = true;
      if (isTunnel) client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      else {
        // One request per connection: the next one may be for another host.
        const own = headers.filter((header) => !/^(?:proxy-)?connection:/i.test(header));
        const start = `${method} ${url.pathname}${url.search} HTTP/1.1`;
        upstream.write([start, ...own, 'connection: close'].join('\r\n') + HEAD_END, 'latin1');
      }
      if (rest !== '') upstream.write(rest, 'latin1');
      client.pipe(upstream);
      upstream.pipe(client);
    });
    // A reset goes on as a reset.
    upstream.on('error', () => {
      if (hasConnected) client.resetAndDestroy();
      else client.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    });
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
