import { asObject, type JsonObject, parseJson } from '../read-json.ts';
import { FramePrefix } from './frame-prefix.ts';

/**
 * What an event of a Responses stream means for the walk. Only the few kinds that end, open or finish something need
 * more than their name, so deltas (nine in ten events) are never decoded.
 */
export type FrameKind =
  | 'lifecycle' // created, queued, in_progress
  | 'delta' // any *.delta: display only, Codex takes the item's text from its `done`
  | 'progress' // other known events inside an item
  | 'item-added'
  | 'item-done'
  | 'completed'
  | 'failed'
  | 'incomplete'
  | 'error'
  | 'comment' // no data: keeps nothing alive (codex-facts §4.1)
  | 'sentinel' // data: [DONE]
  | 'unknown' // valid, but no event we know: forwarded as it is
  | 'garbage'; // data that is not a JSON object

/** Filled in by `classifyFrame`; reused so that a delta costs no allocation. */
export interface FrameView {
  kind: FrameKind;
  /** The JSON of a single-line data field is `bytes[dataStart, dataEnd)`; -1 when there is none or it has several lines. */
  dataStart: number;
  dataEnd: number;
  /** How the stream's last delta began, if there was one. */
  prefix: FramePrefix | undefined;
}

export const createFrameView = (): FrameView => ({
  kind: 'comment',
  dataStart: -1,
  dataEnd: -1,
  prefix: undefined,
});

const KINDS: ReadonlyMap<string, FrameKind> = new Map<string, FrameKind>([
  ['response.created', 'lifecycle'],
  ['response.queued', 'lifecycle'],
  ['response.in_progress', 'lifecycle'],
  ['response.output_item.added', 'item-added'],
  ['response.output_item.done', 'item-done'],
  ['response.completed', 'completed'],
  ['response.done', 'completed'],
  ['response.failed', 'failed'],
  ['response.incomplete', 'incomplete'],
  ['error', 'error'],
]);

const LF = 10;
const CR = 13;
const QUOTE = 34;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const TYPE_PREFIX = Buffer.from('{"type":"');
const EVENT_FIELD = Buffer.from('event:');
const DATA_FIELD = Buffer.from('data:');
const DATA_TYPE_PREFIX = Buffer.from('data: {"type":"');

/** Reads the event `bytes[start, end)` into `view`. */
export function classifyFrame(bytes: Buffer, start: number, end: number, view: FrameView): void {
  if (isLikeLastDelta(bytes, start, end, view)) return;
  if (!classifyUsualFrame(bytes, start, end, view)) classifyAnyFrame(bytes, start, end, view);
}

function isLikeLastDelta(bytes: Buffer, start: number, end: number, view: FrameView): boolean {
  const { prefix } = view;
  // Behind it at least the closing brace and the empty line, as in every usual frame.
  if (prefix === undefined || end - start < prefix.length + 3) return false;
  if (bytes[end - 3] !== CLOSE_BRACE || bytes[end - 2] !== LF || !prefix.matches(bytes, start)) return false;
  view.kind = 'delta';
  view.dataStart = start + prefix.dataOffset;
  view.dataEnd = end - 2;
  return true;
}

/** `event: X\ndata: {"type":"X",…}\n\n`, or the same without the event line. Returns false for every other form. */
function classifyUsualFrame(bytes: Buffer, start: number, end: number, view: FrameView): boolean {
  let dataLine = start;
  if (bytes[start] === EVENT_FIELD[0]) {
    while (dataLine < end && bytes[dataLine] !== LF) dataLine++;
    dataLine++;
  }
  if (!startsWith(bytes, dataLine, end, DATA_TYPE_PREFIX)) return false;
  const dataEnd = end - 2;
  if (bytes[dataEnd - 1] !== CLOSE_BRACE || bytes[dataEnd] !== LF) return false;
  const typeStart = dataLine + DATA_TYPE_PREFIX.length;
  let typeEnd = typeStart;
  while (typeEnd < dataEnd && bytes[typeEnd] !== QUOTE) typeEnd++;
  view.dataStart = dataLine + DATA_FIELD.length + 1;
  view.dataEnd = dataEnd;
  view.kind = kindOfType(bytes, typeStart, typeEnd);
  // With the quote that ends the type: a longer one is another.
  if (view.kind === 'delta' && typeEnd + 1 - start <= FramePrefix.maxBytes)
    view.prefix = FramePrefix.of(bytes, start, typeEnd + 1, view.dataStart);
  return true;
}

function classifyAnyFrame(bytes: Buffer, start: number, end: number, view: FrameView): void {
  let lineStart = start;
  let eventStart = -1;
  let eventEnd = -1;
  let dataStart = -1;
  let dataEnd = -1;
  let hasMoreData = false;
  while (lineStart < end) {
    let lineEnd = bytes.indexOf(LF, lineStart);
    if (lineEnd === -1 || lineEnd > end) lineEnd = end;
    const textEnd = lineEnd > lineStart && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
    if (startsWith(bytes, lineStart, textEnd, DATA_FIELD)) {
      if (dataStart !== -1) hasMoreData = true;
      else {
        dataStart = skipSpace(bytes, lineStart + DATA_FIELD.length, textEnd);
        dataEnd = textEnd;
      }
    } else if (startsWith(bytes, lineStart, textEnd, EVENT_FIELD)) {
      eventStart = skipSpace(bytes, lineStart + EVENT_FIELD.length, textEnd);
      eventEnd = textEnd;
    }
    lineStart = lineEnd + 1;
  }
  view.dataStart = hasMoreData ? -1 : dataStart;
  view.dataEnd = hasMoreData ? -1 : dataEnd;
  if (dataStart === -1) view.kind = 'comment';
  else if (hasMoreData) view.kind = kindOfJson(joinData(bytes, start, end));
  else view.kind = kindOfData(bytes, dataStart, dataEnd, eventStart, eventEnd);
}

function kindOfData(bytes: Buffer, start: number, end: number, eventStart: number, eventEnd: number): FrameKind {
  if (bytes[start] !== OPEN_BRACE || bytes[end - 1] !== CLOSE_BRACE) {
    const text = bytes.toString('utf8', start, Math.min(end, start + 8));
    if (text === '[DONE]') return 'sentinel';
    return text === '' ? 'comment' : kindOfJson(bytes.toString('utf8', start, end));
  }
  // Codex goes by the JSON's type, so it wins over the `event:` line.
  if (startsWith(bytes, start, end, TYPE_PREFIX)) {
    const typeStart = start + TYPE_PREFIX.length;
    const typeEnd = bytes.indexOf(QUOTE, typeStart);
    return kindOfType(bytes, typeStart, typeEnd);
  }
  if (eventStart !== -1 && hasTypeField(bytes, start, end, eventStart, eventEnd))
    return kindOfType(bytes, eventStart, eventEnd);
  return kindOfJson(bytes.toString('utf8', start, end));
}

function kindOfType(bytes: Buffer, start: number, end: number): FrameKind {
  // ".delta": the last byte and the sixth from the end tell it from every other event name.
  if (bytes[end - 1] === 97 && bytes[end - 6] === 46 && bytes[end - 5] === 100) return 'delta';
  const type = bytes.toString('latin1', start, end);
  return KINDS.get(type) ?? (type.startsWith('response.') ? 'progress' : 'unknown');
}

/** The slow way, for events whose type is not their first field. */
function kindOfJson(text: string): FrameKind {
  const value = parseObject(text);
  if (value === undefined) return 'garbage';
  const type = value['type'];
  if (typeof type !== 'string') return 'error' in value || 'base_resp' in value ? 'error' : 'unknown';
  return kindOfType(Buffer.from(type), 0, Buffer.byteLength(type));
}

/** `"type":"<event name>"` stands somewhere in the data: then the `event:` line is the type. */
function hasTypeField(bytes: Buffer, start: number, end: number, eventStart: number, eventEnd: number): boolean {
  const at = bytes.indexOf(`"type":"${bytes.toString('latin1', eventStart, eventEnd)}"`, start, 'latin1');
  return at !== -1 && at < end;
}

/** The event's JSON, or `undefined` when its data is not a JSON object. */
export function parseFrame(bytes: Buffer, start: number, end: number, view: FrameView): JsonObject | undefined {
  const value = view.dataStart === -1 ? undefined : parseObject(bytes.toString('utf8', view.dataStart, view.dataEnd));
  return value ?? parseObject(joinData(bytes, start, end));
}

/** The standard's rule: several data lines are one text, joined by line feeds. */
function joinData(bytes: Buffer, start: number, end: number): string {
  return bytes
    .toString('utf8', start, end)
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(line[5] === ' ' ? 6 : 5))
    .join('\n');
}

function parseObject(text: string): JsonObject | undefined {
  return asObject(parseJson(text));
}

function startsWith(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  if (end - start < prefix.length) return false;
  for (let index = 0; index < prefix.length; index++) if (bytes[start + index] !== prefix[index]) return false;
  return true;
}

const skipSpace = (bytes: Buffer, at: number, end: number): number => (at < end && bytes[at] === 32 ? at + 1 : at);
