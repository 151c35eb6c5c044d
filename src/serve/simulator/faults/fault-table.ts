import type { Ending, Fault, FaultCondition, FaultEffect, FaultPoint, StreamFlaw } from './fault.ts';
import { VENDOR_ANSWERS, type VendorAnswer } from './vendor-answers.ts';

/** Makes a named fault out of an argument. */
export interface FaultFactory {
  /** One line for `holdfast sim --list`. */
  readonly summary: string;
  /** What the argument means and what it is by default. Absent: the fault takes none. */
  readonly argument?: { readonly meaning: string; readonly default: string };
  /** `undefined` if the argument cannot be understood. */
  readonly create: (argument?: string) => Pick<Fault, 'at' | 'do'> | undefined;
}

type Made = Pick<Fault, 'at' | 'do'>;

const MOST_BYTES = 2 ** 31;

/** A number that is at least 0 and finite; `undefined` for anything else. */
function readNumber(text: string): number | undefined {
  const number = Number(text);
  return text.trim() !== '' && number >= 0 && number <= MOST_BYTES ? number : undefined;
}

const plain = (summary: string, at: FaultPoint, effect: FaultEffect): FaultFactory => ({
  summary,
  create: (argument) => (argument === undefined ? { at, do: effect } : undefined),
});

const withNumber = (summary: string, meaning: string, preset: number, make: (value: number) => Made): FaultFactory => ({
  summary,
  argument: { meaning, default: String(preset) },
  create: (argument) => {
    const value = argument === undefined ? preset : readNumber(argument);
    return value === undefined ? undefined : make(value);
  },
});

/** The argument is an event's type or its index. */
const afterEvent = (summary: string, preset: string, effect: FaultEffect): FaultFactory => ({
  summary,
  argument: { meaning: 'type or index of the event', default: preset },
  create: (argument = preset) => ({ at: { afterEvent: readNumber(argument) ?? argument }, do: effect }),
});

const withType = (summary: string, preset: string | undefined, make: (type: string) => FaultEffect): FaultFactory => ({
  summary,
  argument: { meaning: 'type of the events', default: preset ?? 'all' },
  create: (argument = preset) => ({ at: 'headers', do: make(argument ?? '') }),
});

const ending = (how: Ending): FaultEffect => ({ kind: 'ending', how });
const failure = (code: string, message: string): FaultEffect => ({ kind: 'failure', how: 'failed', code, message });
const event = (payload: string): string => `event: response.output_text.delta\ndata: ${payload}\n\n`;

const SERVER_ERROR = 'The server had an error while processing your request.';
const FIRST_USEFUL_EVENT = 2;
/** A lead byte of UTF-8 without its followers, inside an otherwise well-formed event. */
const INVALID_UTF8 = Buffer.concat([
  Buffer.from('event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"'),
  Buffer.from([0xc3, 0x28, 0xff, 0xfe]),
  Buffer.from('"}\n\n'),
]).toString('base64');

const CONNECTION_FAULTS: Readonly<Record<string, FaultFactory>> = {
  'reset-on-connect': plain('the connection is reset as soon as it is open', 'connect', ending('reset')),
  'close-on-connect': plain('the connection is closed as soon as it is open', 'connect', ending('close')),
  'silent-connection': plain('the connection is accepted, the request never read', 'connect', ending('stall')),
  'accepted-no-headers': plain('the request is read, and nothing is answered', 'headers', ending('stall')),
  'close-before-headers': plain('the connection is closed instead of an answer', 'headers', ending('close')),
  'reset-before-headers': plain('the connection is reset instead of an answer', 'headers', ending('reset')),
  'late-headers': withNumber('the answer begins late', 'ms', 5000, (ms) => ({
    at: 'headers',
    do: { kind: 'wait', ms },
  })),
  'half-headers': plain('the connection closes inside the headers', 'headers', {
    kind: 'raw',
    text: 'HTTP/1.1 200 OK\r\ncontent-type: text/eve',
    afterwards: 'close',
  }),
  'stall-in-headers': plain('the headers begin and never end', 'headers', {
    kind: 'raw',
    text: 'HTTP/1.1 200 OK\r\ncontent-type: text/eve',
    afterwards: 'stall',
  }),
  'garbage-headers': plain('something else than HTTP is answered', 'headers', {
    kind: 'raw',
    text: '\u0015\u0003\u0001 this is not HTTP\r\n\r\n',
    afterwards: 'close',
  }),
};

const CUT_FAULTS: Readonly<Record<string, FaultFactory>> = {
  ...cuts('eof', 'the stream ends in order, without a terminal event,', 'end'),
  ...cuts('close', 'the connection closes', 'close'),
  ...cuts('half-chunk', 'the connection closes inside an HTTP chunk', 'half-chunk'),
  ...cuts('reset', 'the connection is reset', 'reset'),
  ...cuts('stall', 'nothing more comes', 'stall'),
};

function cuts(word: string, what: string, how: Ending): Record<string, FaultFactory> {
  const effect = ending(how);
  return {
    [`${word}-at-byte`]: withNumber(`${what} after so many bytes of the body`, 'bytes', 1000, (byte) => ({
      at: { byte },
      do: effect,
    })),
    [`${word}-before-event`]: withNumber(`${what} before an event`, 'index of the event', 0, (index) => ({
      at: { event: index },
      do: effect,
    })),
    [`${word}-after-event`]: afterEvent(`${what} after an event`, 'response.created', effect),
    [`${word}-after-ms`]: withNumber(`${what} that long after the request`, 'ms', 500, (ms) => ({
      at: { ms },
      do: effect,
    })),
  };
}

const STREAM_FAULTS: Readonly<Record<string, FaultFactory>> = {
  'error-event-first': plain(
    '200, and the first event is an error',
    { event: 0 },
    {
      kind: 'failure',
      how: 'error',
      code: 'server_error',
      message: SERVER_ERROR,
    },
  ),
  'error-inside-200': afterEvent('200, and an error event in the middle', 'response.output_item.added', {
    kind: 'failure',
    how: 'error',
    code: 'server_error',
    message: SERVER_ERROR,
  }),
  'overloaded-in-stream': afterEvent('200, and in the middle the report of an overload', 'response.output_item.added', {
    kind: 'failure',
    how: 'error',
    code: 'server_is_overloaded',
    message: 'Overloaded',
  }),
  'base-resp-in-stream': afterEvent('MiniMax: 200, and in the middle a status code', 'response.output_item.added', {
    kind: 'insert',
    text: 'data: {"base_resp":{"status_code":1002,"status_msg":"rate limit exceeded(RPM)"}}\n\n',
    afterwards: 'end',
  }),
  'failed-first': {
    summary: 'response.failed before anything useful',
    argument: { meaning: 'error code', default: 'server_error' },
    create: (code = 'server_error') => ({ at: { event: FIRST_USEFUL_EVENT }, do: failure(code, SERVER_ERROR) }),
  },
  'failed-in-middle': {
    summary: 'response.failed in the middle of the first item',
    argument: { meaning: 'error code', default: 'server_error' },
    create: (code = 'server_error') => ({
      at: { afterEvent: 'response.output_item.added' },
      do: failure(code, SERVER_ERROR),
    }),
  },
  'rate-limited-in-stream': plain(
    'response.failed with rate_limit_exceeded',
    { event: FIRST_USEFUL_EVENT },
    failure('rate_limit_exceeded', 'Rate limit reached. Please try again in 1.5s.'),
  ),
  'incomplete-in-middle': {
    summary: 'response.incomplete in the middle of the first item',
    argument: { meaning: 'reason', default: 'max_output_tokens' },
    create: (code = 'max_output_tokens') => ({
      at: { afterEvent: 'response.output_item.added' },
      do: { kind: 'failure', how: 'incomplete', code, message: '' },
    }),
  },
  'completed-without-output': plain('completed, and no output at all', 'headers', { kind: 'without-output' }),
  'slow-drip': withNumber('so many bytes per second, one at a time', 'bytes per second', 1, (rate) => ({
    at: { byte: 0 },
    do: { kind: 'drip', bytes: 1, everyMs: Math.max(1, Math.round(1000 / Math.max(rate, 0.001))) },
  })),
  'slow-first-event': withNumber('the headers come at once, the first event late', 'ms', 5000, (ms) => ({
    at: { event: 0 },
    do: { kind: 'wait', ms },
  })),
  'split-anywhere': plain('HTTP chunks and events are cut at random', 'headers', { kind: 'recut', how: 'random' }),
  'split-everywhere': plain('every byte is an HTTP chunk of its own', 'headers', { kind: 'recut', how: 'bytes' }),
  'merged-events': plain('all events come in one HTTP chunk', 'headers', { kind: 'recut', how: 'merged' }),
  'invalid-utf8': plain(
    'an event with bytes that are not UTF-8',
    { event: FIRST_USEFUL_EVENT },
    {
      kind: 'insert',
      base64: INVALID_UTF8,
    },
  ),
  'invalid-json': plain(
    'an event whose data is not JSON',
    { event: FIRST_USEFUL_EVENT },
    {
      kind: 'insert',
      text: event('{"type":"response.output_text.delta","delta":"unfinis'),
    },
  ),
  'garbage-then-eof': plain(
    'bytes that are no event, and the end',
    { event: FIRST_USEFUL_EVENT },
    {
      kind: 'insert',
      text: 'upstream connect error or disconnect/reset before headers. reset reason: overflow',
      afterwards: 'end',
    },
  ),
  'huge-event': withNumber('one event of so many bytes', 'bytes', 50_000_000, (bytes) => ({
    at: { event: FIRST_USEFUL_EVENT },
    do: { kind: 'huge-event', bytes },
  })),
  'comments-only': plain(
    'keep-alive comments, and the end',
    { event: FIRST_USEFUL_EVENT },
    {
      kind: 'insert',
      text: ': keep-alive\n\n'.repeat(20),
      afterwards: 'end',
    },
  ),
  'duplicate-events': withType('events come twice', undefined, (type) => ({
    kind: 'duplicate',
    ...(type === '' ? {} : { type }),
  })),
  'missing-events': withType('events of one type are left out', 'response.output_item.done', (type) => ({
    kind: 'drop',
    type,
  })),
  'out-of-order-events': withType('events come in the wrong order', undefined, (type) => ({
    kind: 'reorder',
    ...(type === '' ? {} : { type }),
  })),
};

const flawed = (summary: string, flaw: StreamFlaw): FaultFactory => plain(summary, 'headers', { kind: 'flaw', flaw });

/** Answers that end in order and are wrong in themselves. Where a wire cannot have one, nothing happens. */
const FLAW_FAULTS: Readonly<Record<StreamFlaw, FaultFactory>> = {
  'no-finish': flawed('no finish reason and no end marker, and the stream ends in order', 'no-finish'),
  'end-without-finish': flawed('an end marker, and no finish reason before it', 'end-without-finish'),
  'no-end-marker': flawed('everything but the end marker', 'no-end-marker'),
  'unknown-finish-reason': flawed('a finish reason that nobody documented', 'unknown-finish-reason'),
  'no-usage': flawed('no token counts', 'no-usage'),
  'long-call-ids': flawed('calls have ids that are longer than most vendors take back', 'long-call-ids'),
  'repeated-call-ids': flawed('every call has the same id', 'repeated-call-ids'),
  'calls-without-id': flawed('calls have no id', 'calls-without-id'),
  'calls-without-index': flawed('chat: pieces of calls do not say which call they are of', 'calls-without-index'),
  'repeated-call-names': flawed("chat: every piece of a call repeats the tool's name", 'repeated-call-names'),
  'interleaved-calls': flawed('parallel calls take turns, piece by piece', 'interleaved-calls'),
  'arguments-no-json': flawed("a call's arguments are not JSON", 'arguments-no-json'),
  'late-reasoning': flawed('the reasoning comes after the text', 'late-reasoning'),
};

const ANSWER_FAULTS: Readonly<Record<string, FaultFactory>> = Object.fromEntries(
  Object.entries<VendorAnswer>(VENDOR_ANSWERS).map(([name, answer]) => [name, answerFactory(answer)]),
);

function answerFactory({ summary, defaultSeconds, create }: VendorAnswer): FaultFactory {
  const make = (seconds: number): Made => ({ at: 'headers', do: { kind: 'answer', ...create(seconds) } });
  if (defaultSeconds !== undefined) return withNumber(summary, 'seconds', defaultSeconds, make);
  return { summary, create: (argument) => (argument === undefined ? make(0) : undefined) };
}

/** Every fault by its name. The names are stable: users keep them in drills and scripts. */
export const FAULTS: Readonly<Record<string, FaultFactory>> = {
  ...CONNECTION_FAULTS,
  ...ANSWER_FAULTS,
  ...STREAM_FAULTS,
  ...FLAW_FAULTS,
  ...CUT_FAULTS,
};

/** `createFault('reset-at-byte', 1200, { step: 2 })`. Throws a RangeError for an unknown name or a wrong argument. */
export function createFault(name: string, argument?: string | number, when?: FaultCondition): Fault {
  const factory = FAULTS[name];
  if (factory === undefined) throw new RangeError(`there is no fault "${name}"`);
  const made = factory.create(argument === undefined ? undefined : String(argument));
  if (made === undefined) {
    const wanted = factory.argument === undefined ? 'takes no argument' : `takes ${factory.argument.meaning}`;
    throw new RangeError(`the fault "${name}" ${wanted}, not "${argument}"`);
  }
  return { name, ...made, ...(when === undefined ? {} : { when }) };
}
