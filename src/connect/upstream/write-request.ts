import { GatewayError } from '../../core/failures.ts';
import { isFieldValue } from '../../core/http/head-fields.ts';
import { lengthOf } from '../../core/length-of.ts';
import type { UpstreamRequest } from '../../core/ports.ts';

/** Where a provider is reached, read from its base URL once. */
export interface Origin {
  /** Tells which connections may be shared, e.g. `https://api.example.com:443`. */
  readonly key: string;
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  readonly isTls: boolean;
  /** The `host` header: with the port only where it is not the scheme's own. */
  readonly host: string;
  /** What stands before a request's path. */
  readonly basePath: string;
}

export function readOrigin(baseUrl: string): Origin {
  const url = new URL(baseUrl);
  const isTls = url.protocol === 'https:';
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port);
  return {
    key: `${url.protocol}//${url.hostname}:${port}`,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    isTls,
    host: url.host,
    basePath: url.pathname.replace(/\/$/, ''),
  };
}

const TARGET = /^[\x21-\x7e]+$/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The request's headers with the credential. Throws rather than sends what could end a header early. */
export function requestHeaders(request: UpstreamRequest): Record<string, string> {
  const headers: Record<string, string> = { ...request.headers, 'accept-encoding': 'identity' };
  for (const name in headers)
    if (!NAME.test(name) || !isFieldValue(headers[name] ?? '')) throw unsendable('TARGET_UNSUPPORTED');
  const secret = request.credential.reveal();
  if (secret === undefined) return headers;
  if (!isFieldValue(secret)) throw unsendable('CREDENTIAL_UNAVAILABLE');
  const { auth } = request.target.provider;
  if (auth === 'bearer') headers['authorization'] = `Bearer ${secret}`;
  else headers[auth] = secret;
  return headers;
}

/** What goes over the connection before the body: one byte per character. */
export function requestHead(request: UpstreamRequest, origin: Origin): string {
  const target = origin.basePath + request.path;
  if (!TARGET.test(target)) throw unsendable('TARGET_UNSUPPORTED');
  const headers = requestHeaders(request);
  let head = `${request.method} ${target} HTTP/1.1\r\nhost: ${origin.host}\r\nconnection: keep-alive\r\n`;
  for (const name in headers) if (!OWN.has(name)) head += `${name}: ${headers[name]}\r\n`;
  if (request.body !== undefined) head += `content-length: ${lengthOf(request.body)}\r\n`;
  return `${head}\r\n`;
}

/** Ours alone to say: a second one could give the request another end. */
const OWN: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'expect',
  'keep-alive',
  'te',
  'trailer',
]);

function unsendable(code: 'TARGET_UNSUPPORTED' | 'CREDENTIAL_UNAVAILABLE'): GatewayError {
  return new GatewayError({ code, upstreamCode: 'invalid_header' });
}

/** As much of head and body as one write takes together; what fits here costs one system call. */
export const SCRATCH_BYTES = 65_536;

/** One request on its way out. */
export class OutgoingRequest {
  private readonly head: string;
  private body: readonly Uint8Array[];
  private readonly scratch: Buffer;
  private readonly totalBytes: number;
  private sentBytes = 0;

  /** `scratch` is used only during `send`, so all requests can share one. */
  constructor(head: string, body: readonly Uint8Array[], scratch: Buffer) {
    this.head = head;
    this.body = body;
    this.scratch = scratch;
    this.totalBytes = head.length + lengthOf(body);
  }

  get isSent(): boolean {
    return this.sentBytes === this.totalBytes;
  }

  /** Writes until the socket takes no more; to be called again when it does. */
  send(write: (bytes: Uint8Array, offset: number, length: number) => number): void {
    while (!this.isSent) {
      const [bytes, offset, length] = this.next();
      // Asking the socket to take nothing would go on for ever.
      if (length === 0) throw new Error('the body was given back before it was sent');
      const written = write(bytes, offset, length);
      if (written > 0) this.sentBytes += written;
      if (written < length) return;
    }
  }

  /** The body's memory is about to be given back. A server may answer before it has read all of a request. */
  detach(): void {
    this.body = this.isSent ? [] : this.body.map((part) => Buffer.from(part));
  }

  /** What to write next, from where, and how much of it. */
  private next(): readonly [Uint8Array, number, number] {
    const { head, scratch, sentBytes } = this;
    if (sentBytes >= head.length) return this.nextOfBody(sentBytes - head.length);
    if (head.length > scratch.length) return [Buffer.from(head, 'latin1'), sentBytes, head.length - sentBytes];
    scratch.write(head, 0, 'latin1');
    return [scratch, sentBytes, this.fillScratch(head.length, 0) - sentBytes];
  }

  private nextOfBody(from: number): readonly [Uint8Array, number, number] {
    const { body, scratch, totalBytes, sentBytes } = this;
    // The last small parts go out together.
    if (totalBytes - sentBytes <= scratch.length) return [scratch, 0, this.fillScratch(0, from)];
    let at = from;
    for (const part of body) {
      if (at < part.length) return [part, at, part.length - at];
      at -= part.length;
    }
    return [scratch, 0, 0];
  }

  /** Puts as much of the body as fits behind the first `at` bytes of the scratch. Answers where it ends. */
  private fillScratch(at: number, bodyFrom: number): number {
    const { body, scratch } = this;
    let end = at;
    let skip = bodyFrom;
    for (const part of body) {
      const wanted = Math.min(part.length - skip, scratch.length - end);
      if (wanted > 0) {
        scratch.set(skip === 0 && wanted === part.length ? part : part.subarray(skip, skip + wanted), end);
        end += wanted;
      }
      skip = Math.max(skip - part.length, 0);
    }
    return end;
  }
}
