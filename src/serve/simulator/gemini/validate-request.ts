import { textOfJson } from '../../../core/text-of-json.ts';
import { isObject, type JsonObject, objectsOf } from '../json.ts';
import { checkThought } from '../thought-signature.ts';
import type { Strictness } from '../wire.ts';
import { GEMINI_ERRORS, type GeminiError } from './gemini-error.ts';
import type { GeminiCall, GeminiVendor } from './gemini-vendor.ts';
import { validateTools } from './validate-tools.ts';

export type Validated =
  | { readonly kind: 'valid'; readonly body: JsonObject }
  | { readonly kind: 'invalid'; readonly error: GeminiError };

export interface ValidationContext {
  readonly vendor: GeminiVendor;
  readonly call: GeminiCall;
  readonly model: string;
  readonly strictness: Strictness;
  /** Whose signatures are accepted. */
  readonly domain: string;
  readonly inputTokens: number;
}

const BODY_FIELDS = 'contents systemInstruction tools toolConfig generationConfig safetySettings cachedContent'.split(
  ' ',
);
const GENERATION_FIELDS = (
  'temperature topP topK candidateCount maxOutputTokens stopSequences responseMimeType responseSchema ' +
  'responseJsonSchema presencePenalty frequencyPenalty seed responseLogprobs logprobs thinkingConfig mediaResolution ' +
  'responseModalities'
).split(' ');
const THINKING_FIELDS = ['includeThoughts', 'thinkingBudget', 'thinkingLevel'];
const PART_FIELDS =
  'text inlineData fileData functionCall functionResponse thought thoughtSignature executableCode'.split(' ');
const DATA_FIELDS = ['text', 'inlineData', 'fileData', 'functionCall', 'functionResponse', 'executableCode'];
/** What Google documents for a history that another model began. */
const SKIPPED = new Set(['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go']);
/** Models whose calls need a signature. */
const SIGNING_MODELS = /gemini-([3-9]|\d\d)/;

const invalid = (error: GeminiError): Validated => ({ kind: 'invalid', error });

/** Says what Gemini would say to this request. */
export function validateRequest(json: unknown, context: ValidationContext): Validated {
  const { strictness, inputTokens, model, vendor } = context;
  if (!isObject(json)) return invalid(GEMINI_ERRORS.bodyNotJson());
  if (strictness.models !== undefined && !strictness.models.includes(model))
    return invalid(vendor.noModel(context.call));
  const { contextTokens } = strictness;
  if (contextTokens !== undefined && inputTokens > contextTokens) {
    return invalid(GEMINI_ERRORS.tooLong(inputTokens, contextTokens));
  }
  if (strictness.validate === false) return { kind: 'valid', body: json };
  const error =
    checkFields(json, '', [...BODY_FIELDS, ...vendor.bodyFields]) ??
    checkGeneration(json['generationConfig']) ??
    validateTools(json, vendor) ??
    checkContents(json, context);
  return error === undefined ? { kind: 'valid', body: json } : invalid(error);
}

function checkFields(value: unknown, at: string, known: readonly string[]): GeminiError | undefined {
  if (!isObject(value)) return GEMINI_ERRORS.value(at, 'an object is expected');
  const unknown = Object.keys(value).find((field) => !known.includes(field));
  return unknown === undefined ? undefined : GEMINI_ERRORS.unknown(unknown, at);
}

function checkGeneration(config: unknown): GeminiError | undefined {
  if (config === undefined) return undefined;
  const wrong = checkFields(config, 'generation_config', GENERATION_FIELDS);
  if (wrong !== undefined || !isObject(config)) return wrong;
  const thinking = config['thinkingConfig'];
  if (thinking === undefined) return undefined;
  const unknown = checkFields(thinking, 'generation_config.thinking_config', THINKING_FIELDS);
  if (unknown !== undefined || !isObject(thinking)) return unknown;
  const { thinkingBudget, thinkingLevel } = thinking;
  if (thinkingBudget !== undefined && thinkingLevel !== undefined) return GEMINI_ERRORS.twoThinkings();
  const isKnown = thinkingLevel === undefined || /^(minimal|low|medium|high)$/i.test(textOfJson(thinkingLevel));
  return isKnown
    ? undefined
    : GEMINI_ERRORS.value('generation_config.thinking_config.thinking_level', textOfJson(thinkingLevel));
}

interface Content {
  readonly role: unknown;
  readonly parts: readonly JsonObject[];
}

function checkContents(body: JsonObject, context: ValidationContext): GeminiError | undefined {
  const { contents: given, systemInstruction } = body;
  if (!Array.isArray(given) || given.length === 0) return GEMINI_ERRORS.noContents();
  const contents: Content[] = [];
  for (const [at, value] of given.entries()) {
    const wrong = checkContent(value, `contents[${at}]`, at, context.vendor);
    if (wrong !== undefined) return wrong;
    contents.push({ role: value.role, parts: objectsOf(value.parts) });
  }
  if (systemInstruction !== undefined) {
    const wrong = checkContent(
      { role: 'user', ...(systemInstruction as object) },
      'system_instruction',
      -1,
      context.vendor,
    );
    if (wrong !== undefined) return wrong;
  }
  return checkTurns(contents) ?? checkSignatures(contents, context);
}

function checkContent(value: unknown, at: string, index: number, vendor: GeminiVendor): GeminiError | undefined {
  const wrong = checkFields(value, at, ['role', 'parts']);
  if (wrong !== undefined || !isObject(value)) return wrong;
  const { role, parts } = value;
  if (role !== 'user' && role !== 'model' && index >= 0) return GEMINI_ERRORS.role();
  if (!Array.isArray(parts) || parts.length === 0) return GEMINI_ERRORS.noParts(index);
  for (const [position, part] of parts.entries()) {
    const error = checkPart(part, `${at}.parts[${position}]`, textOfJson(role), vendor);
    if (error !== undefined) return error;
  }
  return undefined;
}

function checkPart(part: unknown, at: string, role: string, vendor: GeminiVendor): GeminiError | undefined {
  const unknown = checkFields(part, at, PART_FIELDS);
  if (unknown !== undefined || !isObject(part)) return unknown;
  if (DATA_FIELDS.filter((field) => part[field] !== undefined).length !== 1) return GEMINI_ERRORS.part(at);
  const { text, functionCall: call, functionResponse: response } = part;
  const id = vendor.hasCallIds ? ['id'] : [];
  // An empty text is only taken where it carries a signature.
  if (text === '' && part['thoughtSignature'] === undefined) return GEMINI_ERRORS.part(at);
  if (call !== undefined) {
    const wrong = checkFields(call, `${at}.function_call`, [...id, 'name', 'args']);
    if (wrong !== undefined || !isObject(call)) return wrong;
    if (role !== 'model') return GEMINI_ERRORS.callTurn();
    if (typeof call['name'] !== 'string') return GEMINI_ERRORS.value(`${at}.function_call.name`, 'is required');
    if (call['args'] !== undefined && !isObject(call['args'])) {
      return GEMINI_ERRORS.value(`${at}.function_call.args`, 'Struct expected');
    }
  }
  if (response !== undefined) {
    const fields = [...id, 'name', 'response', 'willContinue', 'scheduling', 'parts'];
    const wrong = checkFields(response, `${at}.function_response`, fields);
    if (wrong !== undefined || !isObject(response)) return wrong;
    if (typeof response['name'] !== 'string') return GEMINI_ERRORS.value(`${at}.function_response.name`, 'is required');
    if (!isObject(response['response']))
      return GEMINI_ERRORS.value(`${at}.function_response.response`, 'Struct expected');
  }
  return undefined;
}

const callsIn = (content: Content | undefined): readonly JsonObject[] =>
  (content?.parts ?? []).flatMap((part) => (isObject(part['functionCall']) ? [part['functionCall']] : []));
const responsesIn = (content: Content | undefined): readonly JsonObject[] =>
  (content?.parts ?? []).flatMap((part) => (isObject(part['functionResponse']) ? [part['functionResponse']] : []));

/** Roles alternate, and as many responses follow the calls as there were calls, by name and in order. */
function checkTurns(contents: readonly Content[]): GeminiError | undefined {
  if (contents[0]?.role !== 'user') return GEMINI_ERRORS.alternate();
  for (const [at, content] of contents.entries()) {
    const before = contents[at - 1];
    // Google's own gemini-cli sends what a user says after a call was cancelled as a content of its own.
    const followsResponses = responsesIn(before).length > 0;
    if (before?.role === content.role && !followsResponses) return GEMINI_ERRORS.alternate();
    const calls = callsIn(before);
    const responses = responsesIn(content);
    if (responses.length > 0 && calls.length === 0) return GEMINI_ERRORS.responseTurn();
    const names = (list: readonly JsonObject[]): string => JSON.stringify(list.map((entry) => entry['name']));
    if (calls.length !== responses.length || names(calls) !== names(responses)) return GEMINI_ERRORS.responseCount();
  }
  return contents.at(-1)?.role === 'model' ? GEMINI_ERRORS.lastRole() : undefined;
}

/** The first call of each step since the last prompt carries what was thought before it. */
function checkSignatures(contents: readonly Content[], { model, domain }: ValidationContext): GeminiError | undefined {
  const isPrompt = (content: Content): boolean => content.role === 'user' && responsesIn(content).length === 0;
  const prompt = contents.findLastIndex(isPrompt);
  for (const [at, content] of contents.entries()) {
    for (const part of content.parts) {
      const signature = part['thoughtSignature'];
      if (signature === undefined || SKIPPED.has(textOfJson(signature))) continue;
      if (checkThought({ domain, text: '' }, signature) !== 'ok') return GEMINI_ERRORS.signature();
    }
    const first = content.parts.find((part) => part['functionCall'] !== undefined);
    if (at < prompt || first === undefined || !SIGNING_MODELS.test(model)) continue;
    const call = first['functionCall'] as JsonObject;
    if (first['thoughtSignature'] === undefined) return GEMINI_ERRORS.noSignature(textOfJson(call['name']), at + 1);
  }
  return undefined;
}
