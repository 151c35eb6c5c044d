import type { Answer, BodyAnswer, HeaderLine, StreamAnswer } from './answer.ts';
import { type SendStep, sendText, type Transmission } from './http/transmission.ts';

/** How fast and in what pieces a stream is sent. */
export interface Pace {
  /** Pause before the first event. Default 0. */
  readonly firstEventDelayMs?: number;
  /** Pause before every further event. Default 0: everything is written at once. */
  readonly eventDelayMs?: number;
  /**
   * Where HTTP chunks end: `event` (default), `whole` (one chunk), or a number of bytes, which also cuts events apart.
   * With a number each chunk is written on its own.
   */
  readonly chunking?: 'event' | 'whole' | number;
}

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  200: 'OK',
  204: 'No Content',
  307: 'Temporary Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Payload Too Large',
  422: 'Unprocessable Entity',
  424: 'Failed Dependency',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

const LAST_CHUNK = '0\r\n\r\n';

export function planTransmission(answer: Answer, pace: Pace): Transmission {
  if (answer.kind === 'body') return { steps: [planBody(answer)] };
  const isImmediate = (pace.eventDelayMs ?? 0) === 0 && (pace.firstEventDelayMs ?? 0) === 0;
  if (isImmediate && typeof pace.chunking !== 'number') return { steps: [planWholeStream(answer, pace)] };
  return { steps: planPacedStream(answer, pace) };
}

export function renderHead(status: number, headers: readonly HeaderLine[], framing: HeaderLine): string {
  let text = `HTTP/1.1 ${status} ${STATUS_TEXTS[status] ?? 'Unknown'}\r\n`;
  for (const [name, value] of headers) text += `${name}: ${value}\r\n`;
  return `${text}${framing[0]}: ${framing[1]}\r\n\r\n`;
}

export const STREAM_FRAMING: HeaderLine = ['transfer-encoding', 'chunked'];

/** One HTTP chunk. */
export const renderChunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

export function encodeChunk(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

function planBody(answer: BodyAnswer): SendStep {
  const body = Buffer.from(answer.body);
  const head = renderHead(answer.status, answer.headers, ['content-length', String(body.length)]);
  return { kind: 'send', bytes: Buffer.concat([Buffer.from(head), body]) };
}

/** The whole answer in one write. */
function planWholeStream(answer: StreamAnswer, pace: Pace): SendStep {
  const texts = answer.frames.map((frame) => frame.text);
  const chunks = pace.chunking === 'whole' ? [texts.join('')] : texts;
  return sendText(renderHead(200, answer.headers, STREAM_FRAMING) + chunks.map(renderChunk).join('') + LAST_CHUNK);
}

function planPacedStream(answer: StreamAnswer, pace: Pace): readonly SendStep[] {
  const steps: SendStep[] = [sendText(renderHead(200, answer.headers, STREAM_FRAMING))];
  if (typeof pace.chunking === 'number') {
    const body = Buffer.from(answer.frames.map((frame) => frame.text).join(''));
    for (let from = 0; from < body.length; from += pace.chunking) {
      steps.push({ kind: 'wait', ms: pace.eventDelayMs ?? 0 });
      steps.push({ kind: 'send', bytes: encodeChunk(body.subarray(from, from + pace.chunking)) });
    }
  } else {
    for (const [index, frame] of answer.frames.entries()) {
      const ms = (index === 0 ? pace.firstEventDelayMs : pace.eventDelayMs) ?? 0;
      if (ms > 0) steps.push({ kind: 'wait', ms });
      steps.push(sendText(renderChunk(frame.text)));
    }
  }
  steps.push(sendText(LAST_CHUNK));
  return steps;
}
