import { isField, MAX_HEAD_LINES } from './head-fields.ts';
import { hexDigit, MAX_USUAL_DIGITS, startOfOnlyChunk } from './only-chunk.ts';

/** Of the head with all its interim ones; then again for trailers and for chunk extensions. */
const MAX_HEAD_BYTES = 65_536;
const MAX_TRAILER_BYTES = 16_384;
/** 2^52 bytes: exact as a number. */
const MAX_SIZE_DIGITS = 13;

const HEAD_END = Buffer.from('\r\n\r\n');

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const SEMICOLON = 59;

type State =
  | 'head'
  | 'size'
  | 'extension'
  | 'size-lf'
  | 'chunk'
  | 'chunk-cr'
  | 'chunk-lf'
  | 'trailer'
  | 'length'
  | 'until-close'
  | 'complete'
  | 'corrupt';

/** What a head says of the body behind it. */
export interface MessageHead {
  /** How the body ends: after so many bytes, with a last chunk, or with the connection. */
  readonly body: number | 'chunked' | 'until-close';
  /** Another head follows (1xx). Default: false. */
  readonly isInterim?: boolean;
}

/** What tells a request from a response. */
export interface HeadReader<Head extends MessageHead> {
  /** Lines without their line ends. `undefined`: it is not HTTP, or does not say one thing. */
  readonly parse: (lines: readonly string[]) => Head | undefined;
  /** Whether the first line cannot become one of HTTP: something else need not wait for a line end that never comes. */
  readonly isHopeless: (begunLine: string) => boolean;
}

/**
 * Reads one HTTP/1.1 message however the network cuts it. Strict: what is not exactly HTTP is corrupt, since a lenient
 * reader and the other side may disagree on where a message ends.
 */
export class MessageParser<Head extends MessageHead> {
  private state: State = 'head';
  private digits = 0;
  /** The final one; interim ones are skipped. */
  head: Head | undefined;
  /** How many of the bytes pushed last belong to the message. What is behind its end does not. */
  consumedBytes = 0;
  /** The body bytes among them are `[bodyStart, bodyEnd)`. */
  bodyStart = 0;
  bodyEnd = 0;
  /** Bytes came after the end of the message. */
  hasExcess = false;
  /** The message is corrupt because a limit was exceeded. */
  isTooLong = false;

  private readonly reader: HeadReader<Head>;

  private lines: string[] = [];
  private line = '';
  private lineBytes = 0;
  private left = 0;

  constructor(reader: HeadReader<Head>) {
    this.reader = reader;
  }

  get isComplete(): boolean {
    return this.state === 'complete';
  }

  get isCorrupt(): boolean {
    return this.state === 'corrupt';
  }

  /** The next byte begins a chunk of the body, or its end. */
  get isBetweenChunks(): boolean {
    return this.state === 'size' && this.digits === 0;
  }

  /**
   * Takes the next bytes; they become the parser's own. Answers whether there is something of the body among them. Chunks
   * are moved together in place, because one long piece is cheaper to handle than many short ones.
   */
  push(bytes: Buffer): boolean {
    this.bodyStart = 0;
    this.bodyEnd = 0;
    let at = 0;
    while (at < bytes.length && this.state !== 'complete' && this.state !== 'corrupt') at = this.step(bytes, at);
    this.consumedBytes = at;
    if (this.state === 'complete' && at < bytes.length) this.hasExcess = true;
    return this.bodyEnd > this.bodyStart;
  }

  /** The connection ended. True if that is how the body was to end, or it was complete before. */
  end(): boolean {
    if (this.state === 'until-close') this.state = 'complete';
    return this.state === 'complete';
  }

  private step(bytes: Buffer, at: number): number {
    switch (this.state) {
      case 'head':
      case 'trailer':
        return this.readLines(bytes, at);
      case 'size':
        return this.readSize(bytes, at);
      case 'extension':
        return this.readExtension(bytes, at);
      case 'size-lf':
        if (bytes[at] !== LF) return this.fail(at);
        if (this.left > 0) this.state = 'chunk';
        else this.expectTrailer();
        return at + 1;
      case 'chunk':
      case 'length':
        return this.readCounted(bytes, at);
      case 'chunk-cr':
        return this.expect(CR, 'chunk-lf', bytes, at);
      case 'chunk-lf':
        this.digits = 0;
        return this.expect(LF, 'size', bytes, at);
      case 'until-close':
        return this.take(bytes, at, bytes.length);
      case 'complete':
      case 'corrupt':
        return at;
    }
  }

  /** The usual head is here at once: one search and one text for all its lines. Answers -1 if it is not so. */
  private readWholeHead(bytes: Buffer, from: number): number {
    if (this.state !== 'head' || this.line !== '' || this.lines.length > 0) return -1;
    const end = bytes.indexOf(HEAD_END, from);
    if (end === -1 || end - from > MAX_HEAD_BYTES - this.lineBytes) return -1;
    const text = bytes.toString('latin1', from, end);
    const lines = text.split('\r\n');
    if (lines.length > MAX_HEAD_LINES || text === '') return -1;
    this.lines = lines;
    this.lineBytes += end + HEAD_END.length - from;
    return this.endLines(end + HEAD_END.length);
  }

  /** Lines up to an empty one: a head or the trailer. */
  private readLines(bytes: Buffer, from: number): number {
    const whole = this.readWholeHead(bytes, from);
    if (whole !== -1) return whole;
    const maxBytes = this.state === 'head' ? MAX_HEAD_BYTES : MAX_TRAILER_BYTES;
    let at = from;
    while (at < bytes.length) {
      const lineEnd = bytes.indexOf(LF, at);
      const end = lineEnd === -1 ? bytes.length : lineEnd + 1;
      this.lineBytes += end - at;
      if (this.lineBytes > maxBytes) return this.failTooLong(at);
      const piece = bytes.toString('latin1', at, end);
      const line = this.line === '' ? piece : this.line + piece;
      at = end;
      if (lineEnd === -1) {
        this.line = line;
        return this.isHopeless() ? this.fail(at) : at;
      }
      this.line = '';
      if (!line.endsWith('\r\n')) return this.fail(at);
      if (line.length === 2) return this.endLines(at);
      if (this.lines.push(line.slice(0, -2)) > MAX_HEAD_LINES) return this.failTooLong(at);
    }
    return at;
  }

  private isHopeless(): boolean {
    return this.state === 'head' && this.lines.length === 0 && this.reader.isHopeless(this.line);
  }

  private endLines(at: number): number {
    if (this.state === 'trailer') {
      this.state = this.lines.every(isField) ? 'complete' : 'corrupt';
      return at;
    }
    const head = this.reader.parse(this.lines);
    this.lines = [];
    if (head === undefined) return this.fail(at);
    if (head.isInterim === true) return at;
    this.head = head;
    if (head.body === 'chunked') this.state = 'size';
    else if (head.body === 'until-close') this.state = 'until-close';
    else {
      this.left = head.body;
      this.state = head.body === 0 ? 'complete' : 'length';
    }
    this.lineBytes = 0;
    return at;
  }

  private expectTrailer(): void {
    this.state = 'trailer';
    this.lines = [];
    this.lineBytes = 0;
  }

  /** An event that came as a chunk of its own, and nothing with it. Answers -1 if it is not so. */
  private readOnlyChunk(bytes: Buffer): number {
    const start = this.digits > 0 ? -1 : startOfOnlyChunk(bytes);
    if (start === -1) return -1;
    this.bodyStart = start;
    this.bodyEnd = bytes.length - 2;
    return bytes.length;
  }

  private readSize(bytes: Buffer, from: number): number {
    const whole = from === 0 ? this.readOnlyChunk(bytes) : -1;
    if (whole !== -1) return whole;
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      const digit = hexDigit(byte);
      if (digit === -1) {
        if (this.digits === 0) return this.fail(at);
        if (byte === CR) this.state = 'size-lf';
        else if (byte === SEMICOLON || byte === SPACE || byte === TAB) this.state = 'extension';
        else return this.fail(at);
        return at + 1;
      }
      this.digits += 1;
      if (this.digits > MAX_SIZE_DIGITS) return this.fail(at);
      this.left = this.left * 16 + digit;
    }
    return bytes.length;
  }

  /** Extensions mean nothing to us. They are counted over the whole body, so that they cannot be the whole traffic. */
  private readExtension(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      this.lineBytes += 1;
      if (byte === CR) {
        this.state = 'size-lf';
        return at + 1;
      }
      if ((byte < SPACE && byte !== TAB) || this.lineBytes > MAX_HEAD_BYTES) return this.fail(at);
    }
    return bytes.length;
  }

  /** Servers send an event per chunk, so of most chunks both ends are here: these need no step per part. */
  private readWholeChunks(bytes: Buffer, from: number): number {
    let at = from;
    for (;;) {
      const end = at + this.left;
      if (bytes[end] !== CR || bytes[end + 1] !== LF) return at;
      let size = 0;
      let next = end + 2;
      for (; next < end + 2 + MAX_USUAL_DIGITS; next += 1) {
        const digit = hexDigit(bytes[next] ?? 0);
        if (digit === -1) break;
        size = size * 16 + digit;
      }
      if (size === 0 || bytes[next] !== CR || bytes[next + 1] !== LF) return at;
      this.take(bytes, at, end);
      this.left = size;
      at = next + 2;
    }
  }

  private readCounted(bytes: Buffer, from: number): number {
    const at = this.state === 'chunk' ? this.readWholeChunks(bytes, from) : from;
    const end = Math.min(at + this.left, bytes.length);
    this.left -= end - at;
    if (this.left === 0) this.state = this.state === 'chunk' ? 'chunk-cr' : 'complete';
    return this.take(bytes, at, end);
  }

  private take(bytes: Buffer, from: number, to: number): number {
    if (this.bodyEnd === 0) {
      this.bodyStart = from;
      this.bodyEnd = to;
    } else {
      bytes.copyWithin(this.bodyEnd, from, to);
      this.bodyEnd += to - from;
    }
    return to;
  }

  private expect(byte: number, next: State, bytes: Buffer, at: number): number {
    if (bytes[at] !== byte) return this.fail(at);
    this.state = next;
    return at + 1;
  }

  private failTooLong(at: number): number {
    this.isTooLong = true;
    return this.fail(at);
  }

  private fail(at: number): number {
    this.state = 'corrupt';
    return at;
  }
}
