/** Content parts of Responses items as Messages content blocks. */
import { asObject, asString, type JsonObject } from '../read-json.ts';
import { ABORTED_OUTPUT, toolSearchText } from '../responses/item-support.ts';
import type { ContentPart, OutputItem } from '../responses/items.ts';
import { type Result, refuse } from '../responses/request.ts';

export interface ContentRules {
  /** False: the model cannot see, so an image is only mentioned. */
  readonly images: boolean;
  readonly documents: boolean;
}

const IMAGE_OMITTED = '[An image was here. This model cannot see images.]';
const NO_OUTPUT = '(no output)';

/** Text without a word in it is a 400: such parts are left out. */
export function textBlocks(text: string): readonly JsonObject[] {
  return text.trim() === '' ? [] : [{ type: 'text', text }];
}

export function encodeContent(
  parts: readonly ContentPart[],
  rules: ContentRules,
  param: string,
): Result<readonly JsonObject[]> {
  const blocks: JsonObject[] = [];
  for (const [at, part] of parts.entries()) {
    const encoded = encodePart(part, rules, `${param}[${at}]`);
    if (!encoded.ok) return encoded;
    blocks.push(...encoded.value);
  }
  return { ok: true, value: blocks };
}

/** `output` absent: the call was never answered. */
export function encodeToolResult(
  toolUseId: string,
  output: OutputItem | undefined,
  rules: ContentRules,
): Result<JsonObject> {
  const block = (content: unknown): JsonObject => ({ type: 'tool_result', tool_use_id: toolUseId, content });
  if (output === undefined) return { ok: true, value: { ...block(ABORTED_OUTPUT), is_error: true } };
  if (output.type === 'tool_search_output') return { ok: true, value: block(toolSearchText(output)) };
  const encoded = encodeContent(output.output, rules, 'output');
  if (!encoded.ok) return encoded;
  const [first, ...others] = encoded.value;
  if (first === undefined) return { ok: true, value: block(NO_OUTPUT) };
  return { ok: true, value: block(others.length === 0 && first['type'] === 'text' ? first['text'] : encoded.value) };
}

function encodePart(part: ContentPart, rules: ContentRules, param: string): Result<readonly JsonObject[]> {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'refusal':
      return { ok: true, value: textBlocks(asString(part['text']) ?? asString(part['refusal']) ?? '') };
    case 'input_image':
      return encodeImage(part, rules, param);
    case 'input_file':
      return encodeFile(part, rules, param);
    default:
      return refuse('TARGET_UNSUPPORTED', param, 'a content part of a type that this target does not take');
  }
}

const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];

function encodeImage(part: ContentPart, rules: ContentRules, param: string): Result<readonly JsonObject[]> {
  if (!rules.images) return { ok: true, value: textBlocks(IMAGE_OMITTED) };
  const url = asString(part['image_url']) ?? asString(asObject(part['image_url'])?.['url']) ?? '';
  const source = sourceOf(url, IMAGE_TYPES);
  return source === undefined
    ? refuse('TARGET_UNSUPPORTED', param, 'an image that this target cannot read: of another type or on a server')
    : { ok: true, value: [{ type: 'image', source }] };
}

function encodeFile(part: ContentPart, rules: ContentRules, param: string): Result<readonly JsonObject[]> {
  const url = asString(part['file_data']) ?? asString(part['file_url']) ?? '';
  const source = rules.documents ? sourceOf(url, ['application/pdf']) : undefined;
  if (source === undefined) return refuse('TARGET_UNSUPPORTED', param, 'this target takes no such files');
  const title = asString(part['filename']);
  return { ok: true, value: [{ type: 'document', source, ...(title === undefined ? {} : { title }) }] };
}

const DATA_URL = /^data:([a-z]+\/[a-z0-9.+-]+)(?:;[^,;]+)*;base64,/i;

/** A data URL's content, or the address of something that the vendor fetches itself. */
function sourceOf(url: string, mediaTypes: readonly string[]): JsonObject | undefined {
  if (/^https?:\/\//i.test(url)) return { type: 'url', url };
  const head = DATA_URL.exec(url.slice(0, 256));
  const mediaType = head?.[1]?.toLowerCase().replace('image/jpg', 'image/jpeg');
  if (head === null || mediaType === undefined || !mediaTypes.includes(mediaType)) return undefined;
  const data = url.slice(head[0].length);
  return data === '' ? undefined : { type: 'base64', media_type: mediaType, data };
}
