import { createServer, type Socket } from 'node:net';

/** One request as it arrived, also one that is meant for a proxy. */
export interface RecordedRequest {
  readonly method: string;
  /** A path, an address, or (CONNECT) a host and a port. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Recorder {
  readonly port: number;
  readonly requests: readonly RecordedRequest[];
  readonly close: () => void;
}

export interface Behaviour {
  /** Answer every POST with this status instead. */
  readonly status?: number;
  /** After the first event nothing more comes. */
  readonly silent?: boolean;
  /** Call the tool that it is offered, once. */
  readonly callsTools?: boolean;
}

const CREATED = { type: 'response.created', response: { id: 'resp_1' } };
const MESSAGE = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'ready' }] };

const render = (events: readonly object[]): string =>
  events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');

function answerEvents(item: object): readonly object[] {
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  const output_index = 0;
  return [
    CREATED,
    { type: 'response.output_item.added', output_index, item },
    { type: 'response.output_item.done', output_index, item },
    { type: 'response.completed', response: { id: 'resp_1', status: 'completed', output: [item], usage } },
  ];
}

/** A call of the probe's tool or of Codex's shell, unless the conversation has one already. */
function chooseItem(body: string, callsTools: boolean): object {
  const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', status: 'completed' };
  if (!callsTools || body.includes('function_call_output')) return MESSAGE;
  if (body.includes('"report_ready"')) return { ...call, name: 'report_ready', arguments: '{"ready":true}' };
  if (body.includes('"exec_command"')) return { ...call, name: 'exec_command', arguments: '{"cmd":"echo ready"}' };
  return MESSAGE;
}

/**
 * A server that writes down what it is asked and answers every POST with a finished message, or as `behaviour` says.
 */
export async function startRecorder(behaviour: Behaviour = {}): Promise<Recorder> {
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Uint8Array) => {
      received = Buffer.concat([received, chunk]);
      const request = parseRequest(received);
      if (request === undefined) return;
      received = Buffer.alloc(0);
      requests.push(request);
      answer(socket, request, behaviour);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port, requests, close };
}

function parseRequest(received: Buffer): RecordedRequest | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
  const length = Number(headers['content-length'] ?? '0');
  const body = received.subarray(end + 4);
  if (body.length < length) return undefined;
  const [method = '', target = ''] = first.split(' ');
  return { method, target, headers, body: body.toString('utf8') };
}

function answer(socket: Socket, request: RecordedRequest, behaviour: Behaviour): void {
  const { status = 200, silent = false, callsTools = false } = behaviour;
  const isPost = request.method === 'POST';
  if (!isPost || status !== 200) {
    // Codex goes over to HTTP at once when its WebSocket is answered so.
    const isUpgrade = request.headers['upgrade'] !== undefined;
    const code = isPost ? status : isUpgrade ? 426 : 404;
    socket.end(
      `HTTP/1.1 ${code} No\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`,
    );
    return;
  }
  socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n');
  if (silent) socket.write(render([CREATED]));
  else socket.end(render(answerEvents(chooseItem(request.body, callsTools))));
}
