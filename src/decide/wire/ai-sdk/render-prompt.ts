/**
 * Turns in content blocks (see `encodeTurns`) as the AI SDK's `LanguageModelV4Prompt`, JSON through and through: files
 * are base64 text, nothing is fetched from anywhere.
 */
import { hashBase62 } from '../hash-text.ts';
import type { Message } from '../messages/encode-turns.ts';
import { asObject, asObjects, asString, type JsonObject } from '../read-json.ts';
import { type Result, refuse } from '../responses/request.ts';
import type { AiSdkDialect } from './ai-sdk-dialect.ts';
import { isSignature, metaForCall, metaOf } from './kept-metadata.ts';

export interface RenderOptions {
  readonly dialect: AiSdkDialect;
  /** The model name sent upstream. */
  readonly model: string;
  /** Calls and their outputs become text: nothing may be called, and nothing of calls may be mentioned. */
  readonly callsAsText: boolean;
}

export interface RenderedMessage extends JsonObject {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
}

/** Longest id that Bedrock takes. */
const MAX_ID_LENGTH = 64;

export function renderPrompt(
  system: readonly JsonObject[],
  messages: readonly Message[],
  options: RenderOptions,
): Result<readonly RenderedMessage[]> {
  const prompt: RenderedMessage[] = system.map((block) => ({ role: 'system', content: wordsOf(block) }));
  const names = new Map<string, string>();
  for (const message of messages) {
    if (message.role === 'assistant') {
      const content = renderAnswer(message.content, names, options);
      if (content.length > 0) prompt.push({ role: 'assistant', content });
      continue;
    }
    const results = message.content.filter(isResult);
    const outputs: JsonObject[] = [];
    const parts: JsonObject[] = [];
    for (const block of results) {
      const result = renderResult(block, names, options);
      if (!result.ok) return result;
      outputs.push(...result.value.outputs);
      parts.push(...result.value.after);
    }
    const said = renderParts(
      message.content.filter((block) => !isResult(block)),
      options.dialect,
    );
    if (!said.ok) return said;
    parts.push(...said.value);
    if (outputs.length > 0) prompt.push({ role: 'tool', content: outputs });
    if (parts.length > 0) prompt.push({ role: 'user', content: parts });
  }
  return { ok: true, value: prompt };
}

const wordsOf = (block: JsonObject, field = 'text'): string => asString(block[field]) ?? '';

const isResult = ({ type }: JsonObject): boolean => type === 'tool_result';

/** Signatures go onto what they are for; one whose part is not there any more is left out. */
function renderAnswer(
  blocks: readonly JsonObject[],
  names: Map<string, string>,
  { callsAsText }: RenderOptions,
): readonly JsonObject[] {
  const parts: JsonObject[] = [];
  const signatures = blocks.filter(isSignature);
  for (const block of blocks) {
    switch (block['type']) {
      case 'text':
        parts.push({ type: 'text', text: wordsOf(block) });
        break;
      case 'thinking':
        parts.push({ type: 'reasoning', text: wordsOf(block, 'thinking'), ...asOptions(metaOf(block)) });
        break;
      case 'tool_use': {
        const toolName = wordsOf(block, 'name');
        const input = asObject(block['input']) ?? {};
        names.set(wordsOf(block, 'id'), toolName);
        if (callsAsText) {
          parts.push({ type: 'text', text: `[called ${toolName}: ${JSON.stringify(input)}]` });
          break;
        }
        const meta = signatures
          .map((signature) => metaForCall(signature, toolName, input))
          .find((one) => one !== undefined);
        parts.push({
          type: 'tool-call',
          toolCallId: shortId(wordsOf(block, 'id')),
          toolName,
          input,
          ...asOptions(meta),
        });
        break;
      }
    }
  }
  return parts;
}

const asOptions = (meta: JsonObject | undefined): JsonObject => (meta === undefined ? {} : { providerOptions: meta });

interface RenderedResult {
  readonly outputs: readonly JsonObject[];
  /** What the user's message after it holds. */
  readonly after: readonly JsonObject[];
}

const FILE_FOLLOWS: JsonObject = { type: 'text', text: '[A file, shown in the next message.]' };

function renderResult(
  block: JsonObject,
  names: ReadonlyMap<string, string>,
  { dialect, model, callsAsText }: RenderOptions,
): Result<RenderedResult> {
  const { content } = block;
  const id = wordsOf(block, 'tool_use_id');
  const toolName = names.get(id) ?? 'unknown';
  const rendered = typeof content === 'string' ? textParts(content) : renderParts(asObjects(content), dialect);
  if (!rendered.ok) return rendered;
  const parts = rendered.value;
  const isText = (part: JsonObject): boolean => part['type'] === 'text';
  if (callsAsText) {
    const texts = parts.filter(isText).map((part) => wordsOf(part));
    const told = { type: 'text', text: [`[output of ${toolName}]`, ...texts].join('\n') };
    return { ok: true, value: { outputs: [], after: [told, ...parts.filter((part) => !isText(part))] } };
  }
  const after = dialect.filesInOutputs.test(model) ? [] : parts.filter((part) => !isText(part));
  const value = after.length === 0 ? parts : parts.map((part) => (isText(part) ? part : FILE_FOLLOWS));
  // One text, since some packages make an answer of each.
  const output = value.every(isText)
    ? {
        type: block['is_error'] === true ? 'error-text' : 'text',
        value: value.map((part) => wordsOf(part)).join('\n'),
      }
    : { type: 'content', value };
  return {
    ok: true,
    value: { outputs: [{ type: 'tool-result', toolCallId: shortId(id), toolName, output }], after },
  };
}

const textParts = (text: string): Result<readonly JsonObject[]> => ({ ok: true, value: [{ type: 'text', text }] });

function renderParts(blocks: readonly JsonObject[], { files }: AiSdkDialect): Result<readonly JsonObject[]> {
  const parts: JsonObject[] = [];
  for (const block of blocks) {
    if (block['type'] === 'text') {
      parts.push({ type: 'text', text: wordsOf(block) });
      continue;
    }
    const source = asObject(block['source']);
    const mediaType = asString(source?.['media_type']) ?? 'application/pdf';
    const data = asString(source?.['data']);
    if (data === undefined || !files.includes(mediaType)) {
      return refuse(
        'TARGET_UNSUPPORTED',
        'content',
        'a file that this target cannot read: of another type or on a server',
      );
    }
    const filename = asString(block['title']);
    parts.push({
      type: 'file',
      mediaType,
      data: { type: 'data', data },
      ...(filename === undefined ? {} : { filename }),
    });
  }
  return { ok: true, value: parts };
}

/** The same id for the same id, always. */
function shortId(id: string): string {
  return id.length <= MAX_ID_LENGTH ? id : `${id.slice(0, MAX_ID_LENGTH - 9)}_${hashBase62(id, 8)}`;
}
