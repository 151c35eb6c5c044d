import { isFieldValue } from '../../core/http/head-fields.ts';
import type { ChunkPasser, Reply } from '../../exchange/walk-types.ts';
import { LAST_CHUNK } from './join-parts.ts';
import type { RequestHead } from './parse-request-head.ts';

/** What an answer needs of its connection. */
export interface ReplyConnection extends ChunkPasser {
  /** May the connection serve another request after this one? */
  readonly canGoOn: () => boolean;
  /** Of everything written, what the kernel has taken. */
  readonly takenBytes: number;
  /** The `date` header's text. */
  readonly date: () => string;
  /** Bytes in order, as few system calls as possible. They are copied or taken by the kernel before the call returns. */
  readonly write: (parts: readonly Uint8Array[]) => void;
  /** The same as one chunk of a body, behind `head` if there is one, and before the last chunk if `isLast`. */
  readonly writeChunk: (head: Uint8Array | undefined, parts: readonly Uint8Array[], isLast: boolean) => void;
  /** Resolves when the client has caught up; `undefined`: it has. */
  readonly untilDrained: () => Promise<void> | undefined;
  /** The answer is complete. */
  readonly answered: (keepsAlive: boolean) => void;
  /** Breaks the connection off. */
  readonly destroy: () => void;
}

const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/g;

/** The answer to one request. */
export class HttpReply implements Reply {
  isStarted = false;

  private readonly connection: ReplyConnection;
  /** Sent together with the first bytes of the body. */
  private head: Buffer | undefined;
  private isOver = false;
  /** The body's end is on its way. */
  private isBodyOver = false;
  /** The client knows no chunks: only the end of the connection tells it where the body ends. */
  private readonly isOld: boolean;
  private readonly request: Pick<RequestHead, 'method' | 'isOld' | 'keepsAlive'>;
  private keepsAlive = false;

  constructor(connection: ReplyConnection, request: Pick<RequestHead, 'method' | 'isOld' | 'keepsAlive'>) {
    this.connection = connection;
    this.isOld = request.isOld;
    this.request = request;
  }

  get takenBytes(): number {
    return this.connection.takenBytes;
  }

  start(headers: Readonly<Record<string, string>>): void {
    this.isStarted = true;
    this.head = this.renderHead(200, headers, this.isOld ? undefined : 'transfer-encoding: chunked\r\n');
  }

  write(parts: readonly Uint8Array[], isLast = false): Promise<void> | undefined {
    if (this.isOver || this.isBodyOver || parts.length === 0) return undefined;
    const { head, connection } = this;
    this.head = undefined;
    this.isBodyOver = isLast;
    if (!this.isOld) connection.writeChunk(head, parts, isLast);
    else connection.write(head === undefined ? parts : [head, ...parts]);
    return connection.untilDrained();
  }

  get passer(): ChunkPasser | undefined {
    const isBetween = this.isStarted && this.head === undefined && !this.isBodyOver && !this.isOver;
    return isBetween && !this.isOld ? this.connection : undefined;
  }

  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    const { head, connection } = this;
    if (head !== undefined) connection.write([head]);
    if (!this.isOld && !this.isBodyOver) connection.write([LAST_CHUNK]);
    connection.answered(this.keepsAlive);
  }

  drop(): void {
    this.isOver = true;
    this.connection.destroy();
  }

  send(status: number, headers: Readonly<Record<string, string>>, body: string | Uint8Array): void {
    if (this.isOver) return;
    this.isStarted = true;
    this.isOver = true;
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const head = this.renderHead(status, headers, `content-length: ${bytes.length}\r\n`);
    if (this.request.method === 'HEAD' || bytes.length === 0) this.connection.write([head]);
    else this.connection.write([head, bytes]);
    this.connection.answered(this.keepsAlive);
  }

  /** `framing` undefined: the body ends with the connection. */
  private renderHead(status: number, headers: Readonly<Record<string, string>>, framing: string | undefined): Buffer {
    const { request, connection } = this;
    this.keepsAlive = request.keepsAlive && framing !== undefined && connection.canGoOn();
    // Nobody reads the words behind the number, but the space before them must be there (RFC 9112 §4).
    let head = `HTTP/1.1 ${status} ${status === 200 ? 'OK' : ''}\r\n`;
    for (const name in headers) head += `${name}: ${fieldValue(headers[name] ?? '')}\r\n`;
    head += `date: ${connection.date()}\r\n`;
    if (!this.keepsAlive) head += 'connection: close\r\n';
    else if (request.isOld) head += 'connection: keep-alive\r\n';
    return Buffer.from(`${head}${framing ?? ''}\r\n`, 'latin1');
  }
}

/** Names of targets and models come from files: whatever stands there, it ends no header early. */
const fieldValue = (text: string): string => (isFieldValue(text) ? text : text.replace(UNSENDABLE, '?'));
