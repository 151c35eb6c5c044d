import { request as httpRequest } from 'node:http';

export interface LoopbackRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}

export interface LoopbackAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Asks a server on this machine directly: `fetch` would go through HTTP_PROXY, which cannot reach it. Rejects when
 * nothing answers in time.
 */
export function askLoopback(url: string, asked: LoopbackRequest): Promise<LoopbackAnswer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', body } = asked;
    // Said, because Node sends the body of a DELETE without any length.
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const headers = { ...asked.headers, ...length };
    const request = httpRequest(url, { method, headers, signal: AbortSignal.timeout(asked.timeoutMs) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}
