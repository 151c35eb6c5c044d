/** Half-open byte range of a request body. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What the walk needs of a Responses request, read without decoding its conversation. */
export interface PeekedRequest {
  readonly model: string;
  /** The model's JSON string, quotes included. */
  readonly modelRange: ByteRange;
  readonly stream: boolean;
  /** Codex's own metadata with the comma before (or after) it: cutting it out leaves valid JSON. */
  readonly clientMetadataRange?: ByteRange;
  /** `_metadata` may stand elsewhere too. False: what holds that text does not occur, and need not be searched for. */
  readonly mayMentionMetadata: boolean;
  /** Top-level fields that ask for state on the provider's side. */
  readonly serverState: readonly string[];
  /** The request limits the answer's length itself. */
  readonly limitsOutput: boolean;
}

export type PeekResult =
  | { readonly kind: 'peeked'; readonly request: PeekedRequest }
  | { readonly kind: 'invalid'; readonly problem: string };

interface Field {
  readonly name: string;
  readonly nameStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
/** Searched for as bytes: faster than as strings. */
const CLIENT_METADATA = Buffer.from('"client_metadata"');
/**
 * Stands in the name of every field that Codex writes for OpenAI alone, and in every envelope of ours
 * (`continuity/envelope.ts`), so that one search over a body finds all that is nobody else's business.
 */
export const METADATA = Buffer.from('_metadata');
const MODEL_NAME = Buffer.from('"model"');
const ESCAPED_LETTER = Buffer.from('\\u006');
/** Codex's metadata takes about 2 kB. */
const TAIL_BYTES = 16_384;

/**
 * Reads a request from Codex (`isCodex`: scalars first, `input` and `tools` in the middle, `client_metadata` last;
 * codex-facts §3.3) from both its ends, and any other by walking its top-level fields.
 */
export function peekRequest(body: Buffer, isCodex: boolean): PeekResult {
  const codex = isCodex ? readCodexShape(body) : undefined;
  if (codex !== undefined) return summarise(body, codex.fields, codex.mayMentionMetadata);
  const fields = readTopLevel(body);
  return typeof fields === 'string' ? { kind: 'invalid', problem: fields } : summarise(body, fields, true);
}

function summarise(body: Buffer, fields: readonly Field[], mayMentionMetadata: boolean): PeekResult {
  let model: Field | undefined;
  let stream = false;
  let clientMetadataRange: ByteRange | undefined;
  let limitsOutput = false;
  const serverState: string[] = [];
  for (const field of fields) {
    switch (field.name) {
      case 'model':
        if (model !== undefined) return { kind: 'invalid', problem: 'the field "model" is given twice' };
        model = field;
        break;
      case 'stream':
        stream = body[field.valueStart] === 116; // t
        break;
      case 'client_metadata':
        clientMetadataRange = rangeToCut(body, field);
        break;
      case 'max_output_tokens':
        limitsOutput = body[field.valueStart] !== 110; // not null
        break;
      case 'previous_response_id':
      case 'conversation':
        if (body[field.valueStart] !== 110) serverState.push(field.name);
        break;
      case 'background':
        if (body[field.valueStart] === 116) serverState.push(field.name);
        break;
      default:
    }
  }
  if (model === undefined) return { kind: 'invalid', problem: 'the field "model" is missing' };
  const name = decodeString(body, model.valueStart, model.valueEnd);
  if (name === undefined || name === '') return { kind: 'invalid', problem: 'the field "model" is not a text' };
  const modelRange = { start: model.valueStart, end: model.valueEnd };
  const request = { model: name, modelRange, stream, serverState, limitsOutput, mayMentionMetadata };
  return { kind: 'peeked', request: clientMetadataRange === undefined ? request : { ...request, clientMetadataRange } };
}

interface CodexShape {
  readonly fields: readonly Field[];
  readonly mayMentionMetadata: boolean;
}

/** The fast way. `undefined`: not certain enough, walk the fields. */
function readCodexShape(body: Buffer): CodexShape | undefined {
  const head = readHead(body);
  // Codex before 0.160 or so puts `stream` behind `input` and `tools`.
  if (head === undefined || !head.fields.some((field) => field.name === 'stream')) return undefined;
  const metadata = readLastMetadata(body);
  const middle = body.subarray(head.end, metadata?.nameStart);
  // A second "model" anywhere, or a name written with escapes, could make the provider read another model than we do.
  if (hasOtherModel(middle) || middle.includes(ESCAPED_LETTER)) return undefined;
  const mayMentionMetadata = middle.includes(METADATA);
  if (metadata !== undefined) return { fields: [...head.fields, metadata], mayMentionMetadata };
  return mayMentionMetadata ? undefined : { fields: head.fields, mayMentionMetadata };
}

/** Codex's metadata as the last field of all. */
function readLastMetadata(body: Buffer): Field | undefined {
  const tailStart = Math.max(0, body.length - TAIL_BYTES);
  const at = tailStart + body.subarray(tailStart).lastIndexOf(CLIENT_METADATA);
  // After a comma an unescaped quote can only open a name. It is a top-level one if just the outermost brace follows.
  const valueStart = at + CLIENT_METADATA.length + 1;
  if (at < tailStart || body[at - 1] !== COMMA || body[valueStart - 1] !== COLON) return undefined;
  const valueEnd = skipValue(body, valueStart);
  if (valueEnd === -1 || skipSpace(body, valueEnd) !== lastByteIndex(body)) return undefined;
  return { name: 'client_metadata', nameStart: at, valueStart, valueEnd };
}

function readHead(body: Buffer): { readonly fields: readonly Field[]; readonly end: number } | undefined {
  if (body[0] !== OPEN_BRACE || body[lastByteIndex(body)] !== CLOSE_BRACE) return undefined;
  const fields: Field[] = [];
  let at = 1;
  for (let count = 0; count < 8; count++) {
    const field = readField(body, at);
    if (field === undefined) return undefined;
    if (field.name === 'input') return { fields, end: field.valueStart };
    const first = body[field.valueStart];
    if (first === OPEN_BRACE || first === OPEN_BRACKET) return undefined;
    const valueEnd = skipValue(body, field.valueStart);
    if (valueEnd === -1 || body[valueEnd] !== COMMA) return undefined;
    fields.push({ ...field, valueEnd });
    at = valueEnd + 1;
  }
  return undefined;
}

function hasOtherModel(body: Buffer): boolean {
  for (let at = body.indexOf(MODEL_NAME); at !== -1; at = body.indexOf(MODEL_NAME, at + 7)) {
    const colon = skipSpace(body, at + 7);
    if (body[colon] === COLON && body[skipSpace(body, colon + 1)] === QUOTE) return true;
  }
  return false;
}

/** Every top-level field, or what is wrong. Nested values are skipped, not decoded. */
function readTopLevel(body: Buffer): readonly Field[] | string {
  const fields: Field[] = [];
  let at = skipSpace(body, 0);
  if (body[at] !== OPEN_BRACE) return 'the body is not a JSON object';
  at = skipSpace(body, at + 1);
  if (body[at] === CLOSE_BRACE) return fields;
  for (;;) {
    const field = readField(body, at);
    const valueEnd = field === undefined ? -1 : skipValue(body, field.valueStart);
    if (field === undefined || valueEnd === -1) return 'the body is not valid JSON';
    fields.push({ ...field, valueEnd });
    at = skipSpace(body, valueEnd);
    if (body[at] === CLOSE_BRACE)
      return skipSpace(body, at + 1) === body.length ? fields : 'something follows the JSON object';
    if (body[at] !== COMMA) return 'the body is not valid JSON';
    at++;
  }
}

function readField(body: Buffer, from: number): Field | undefined {
  const nameStart = skipSpace(body, from);
  const nameEnd = body[nameStart] === QUOTE ? skipString(body, nameStart) : -1;
  if (nameEnd === -1) return undefined;
  const colon = skipSpace(body, nameEnd);
  const name = decodeString(body, nameStart, nameEnd);
  if (body[colon] !== COLON || name === undefined) return undefined;
  return { name, nameStart, valueStart: skipSpace(body, colon + 1), valueEnd: -1 };
}

/** End of the JSON value at `from`, or -1. Structure only: the provider judges the rest. */
function skipValue(body: Buffer, from: number): number {
  const first = body[from];
  if (first === undefined) return -1;
  if (first === QUOTE) return skipString(body, from);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return skipScalar(body, from);
  let depth = 0;
  for (let at = from; at < body.length; at++) {
    const byte = body[at];
    if (byte === QUOTE) {
      at = skipString(body, at) - 1;
      if (at < 0) return -1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at + 1;
  }
  return -1;
}

function skipScalar(body: Buffer, from: number): number {
  let at = from;
  while (at < body.length && !isDelimiter(body[at])) at++;
  return at === from ? -1 : at;
}

/** Index after the closing quote of the string at `from`, or -1. */
function skipString(body: Buffer, from: number): number {
  for (let at = body.indexOf(QUOTE, from + 1); at !== -1; at = body.indexOf(QUOTE, at + 1)) {
    let escapes = at - 1;
    while (body[escapes] === BACKSLASH) escapes--;
    if ((at - escapes) % 2 === 1) return at + 1;
  }
  return -1;
}

function decodeString(body: Buffer, start: number, end: number): string | undefined {
  if (body[start] !== QUOTE) return undefined;
  try {
    const value: unknown = JSON.parse(body.toString('utf8', start, end));
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function rangeToCut(body: Buffer, field: Field): ByteRange {
  let before = field.nameStart - 1;
  while (isSpace(body[before])) before--;
  if (body[before] === COMMA) return { start: before, end: field.valueEnd };
  const after = skipSpace(body, field.valueEnd);
  return { start: field.nameStart, end: body[after] === COMMA ? after + 1 : field.valueEnd };
}

function lastByteIndex(body: Buffer): number {
  let at = body.length - 1;
  while (at > 0 && isSpace(body[at])) at--;
  return at;
}

const isSpace = (byte: number | undefined): boolean => byte === 32 || byte === 10 || byte === 13 || byte === 9;
const isDelimiter = (byte: number | undefined): boolean =>
  byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte);

function skipSpace(body: Buffer, from: number): number {
  let at = from;
  while (at < body.length && isSpace(body[at])) at++;
  return at;
}

/**
 * The body, in parts, with another model name, and without Codex's metadata where it must not travel: two splices, no
 * parsing, and no copy.
 */
export function spliceRequest(
  body: Buffer,
  request: PeekedRequest,
  model: string,
  dropClientMetadata: boolean,
): readonly Buffer[] {
  const metadata = dropClientMetadata ? request.clientMetadataRange : undefined;
  const cuts: { readonly start: number; readonly end: number; readonly text?: Buffer }[] = [];
  if (model !== request.model) cuts.push({ ...request.modelRange, text: Buffer.from(JSON.stringify(model)) });
  if (metadata !== undefined) cuts.push(metadata);
  if (cuts.length === 0) return [body];
  cuts.sort((a, b) => a.start - b.start);
  const parts: Buffer[] = [];
  let at = 0;
  for (const cut of cuts) {
    parts.push(body.subarray(at, cut.start));
    if (cut.text !== undefined) parts.push(cut.text);
    at = cut.end;
  }
  parts.push(body.subarray(at));
  return parts;
}
