/** Content parts of Responses items as Chat Completions content. */
import { asObject, asString, type JsonObject } from '../read-json.ts';
import { toolSearchText } from '../responses/item-support.ts';
import type { ContentPart, OutputItem } from '../responses/items.ts';
import { type Result, refuse } from '../responses/request.ts';

export interface ContentRules {
  /** False: the model cannot see, so an image is only mentioned. */
  readonly images: boolean;
  readonly files: boolean;
}

/** A message's `content`: one string when it is all text, else a list of parts. */
export type ChatContent = string | readonly JsonObject[];

const IMAGE_OMITTED = '[An image was here. This model cannot see images.]';
const IMAGE_FOLLOWS = '[An image, shown in the next message.]';

export function encodeContent(parts: readonly ContentPart[], rules: ContentRules, param: string): Result<ChatContent> {
  const [only] = parts;
  const onlyText = parts.length === 1 && only?.type === 'input_text' ? asString(only['text']) : undefined;
  if (onlyText !== undefined) return { ok: true, value: onlyText };
  const encoded: JsonObject[] = [];
  for (const [at, part] of parts.entries()) {
    const one = encodePart(part, rules, `${param}[${at}]`);
    if (!one.ok) return one;
    if (one.value !== undefined) encoded.push(one.value);
  }
  if (encoded.every(isText))
    return { ok: true, value: encoded.map((part) => asString(part['text']) ?? '').join('\n\n') };
  return { ok: true, value: encoded };
}

export interface EncodedOutput {
  /** For the tool message: text only, since most vendors take nothing else there. */
  readonly text: string;
  /** For the user message that has to follow. */
  readonly images: readonly JsonObject[];
}

export function encodeOutput(output: OutputItem, rules: ContentRules, param: string): Result<EncodedOutput> {
  if (output.type === 'tool_search_output') {
    return { ok: true, value: { text: toolSearchText(output), images: [] } };
  }
  const texts: string[] = [];
  const images: JsonObject[] = [];
  for (const [at, part] of output.output.entries()) {
    const one = encodePart(part, rules, `${param}[${at}]`);
    if (!one.ok) return one;
    if (one.value === undefined) continue;
    if (isText(one.value)) texts.push(asString(one.value['text']) ?? '');
    else {
      texts.push(IMAGE_FOLLOWS);
      images.push(one.value);
    }
  }
  return { ok: true, value: { text: texts.join('\n') || '(no output)', images } };
}

/** The text of an assistant's message; refusals count as text. */
export function assistantText(parts: readonly ContentPart[]): string {
  return parts.map((part) => asString(part['text']) ?? asString(part['refusal']) ?? '').join('');
}

function isText(part: JsonObject): boolean {
  return part['type'] === 'text';
}

function encodePart(part: ContentPart, rules: ContentRules, param: string): Result<JsonObject | undefined> {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'refusal': {
      const text = asString(part['text']) ?? asString(part['refusal']) ?? '';
      return { ok: true, value: text === '' ? undefined : { type: 'text', text } };
    }
    case 'input_image':
      return encodeImage(part, rules, param);
    case 'input_file':
      return encodeFile(part, rules, param);
    default:
      return refuse('TARGET_UNSUPPORTED', param, 'a content part of a type that this target does not take');
  }
}

function encodeImage(part: ContentPart, rules: ContentRules, param: string): Result<JsonObject> {
  if (!rules.images) return { ok: true, value: { type: 'text', text: IMAGE_OMITTED } };
  const url = asString(part['image_url']) ?? asString(asObject(part['image_url'])?.['url']);
  if (url === undefined) return refuse('TARGET_UNSUPPORTED', param, 'an image that only its own provider can read');
  const detail = asString(part['detail']);
  // Codex says "original", which Chat Completions does not know.
  const known = detail === 'original' ? 'high' : detail;
  return {
    ok: true,
    value: { type: 'image_url', image_url: { url, ...(known === undefined ? {} : { detail: known }) } },
  };
}

function encodeFile(part: ContentPart, rules: ContentRules, param: string): Result<JsonObject> {
  const data = asString(part['file_data']);
  if (!rules.files || data === undefined) return refuse('TARGET_UNSUPPORTED', param, 'this target takes no such files');
  const filename = asString(part['filename']);
  return {
    ok: true,
    value: { type: 'file', file: { ...(filename === undefined ? {} : { filename }), file_data: data } },
  };
}
