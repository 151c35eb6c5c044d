import { createCodexRequest } from '../traffic/codex-request.ts';
import type { LoadTarget, RequestShape } from './messages.ts';

const bodies = new Map<string, ReturnType<typeof createCodexRequest>>();

/** The bytes of one request on the wire. */
export function renderRequest(target: LoadTarget, shape: RequestShape): Buffer {
  const key = JSON.stringify(shape);
  const request = bodies.get(key) ?? createCodexRequest(shape);
  bodies.set(key, request);
  const headers = {
    ...request.headers,
    authorization: `Bearer ${target.key}`,
    host: `127.0.0.1:${target.port}`,
    'content-length': String(request.body.length),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST /v1/responses HTTP/1.1\r\n${lines.join('')}\r\n`), request.body]);
}
