import { textOfJson } from '../../../core/text-of-json.ts';
import { isObject, type JsonObject, numberOf, objectsOf, ownValue } from '../json.ts';
import type { Strictness } from '../wire.ts';
import { CONVERSE_ERRORS, type ConverseError } from './converse-error.ts';
import { isClaude, modelFields } from './model-family.ts';
import { validateMessages } from './validate-messages.ts';

export type Validated =
  | { readonly kind: 'valid'; readonly body: JsonObject }
  | { readonly kind: 'invalid'; readonly error: ConverseError };

export interface ValidationContext {
  readonly model: string;
  readonly strictness: Strictness;
  /** Whose signatures are accepted. */
  readonly domain: string;
  readonly inputTokens: number;
}

const BODY_FIELDS = (
  'messages system inferenceConfig toolConfig guardrailConfig additionalModelRequestFields promptVariables ' +
  'additionalModelResponseFieldPaths requestMetadata performanceConfig serviceTier outputConfig'
).split(' ');
const INFERENCE_FIELDS = ['maxTokens', 'temperature', 'topP', 'stopSequences'];
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const MOST_CACHE_POINTS = 4;
/** More than the largest output of any model. */
const MOST_TOKENS = 128_000;

const invalid = (error: ConverseError): Validated => ({ kind: 'invalid', error });

/** Says what Bedrock's Converse would say to this request. */
export function validateRequest(json: unknown, context: ValidationContext): Validated {
  const { strictness, inputTokens, model } = context;
  if (!isObject(json)) return invalid(CONVERSE_ERRORS.bodyNotJson());
  if (strictness.models !== undefined && !strictness.models.includes(model)) return invalid(CONVERSE_ERRORS.noModel());
  const { contextTokens } = strictness;
  if (contextTokens !== undefined && inputTokens > contextTokens) {
    return invalid(CONVERSE_ERRORS.tooLong(inputTokens, contextTokens));
  }
  if (strictness.validate === false) return { kind: 'valid', body: json };
  const error =
    checkFields(json, BODY_FIELDS) ??
    checkInference(json['inferenceConfig']) ??
    checkSystem(json['system']) ??
    checkTools(json['toolConfig']) ??
    (isClaude(model) ? checkThinking(json) : undefined) ??
    validateMessages(json, context) ??
    checkCachePoints(json, model);
  return error === undefined ? { kind: 'valid', body: json } : invalid(error);
}

function checkFields(value: JsonObject, known: readonly string[]): ConverseError | undefined {
  const unknown = Object.keys(value).find((field) => !known.includes(field));
  return unknown === undefined ? undefined : CONVERSE_ERRORS.unknownField(unknown);
}

function checkInference(config: unknown): ConverseError | undefined {
  if (config === undefined) return undefined;
  if (!isObject(config)) return CONVERSE_ERRORS.value('inferenceConfig', 'an object');
  const unknown = checkFields(config, INFERENCE_FIELDS);
  if (unknown !== undefined) return unknown;
  const { maxTokens, temperature } = config;
  if (maxTokens !== undefined && (!Number.isInteger(maxTokens) || numberOf(maxTokens) < 1)) {
    const rule = 'have value greater than or equal to 1';
    return CONVERSE_ERRORS.constraint('inferenceConfig.maxTokens', textOfJson(maxTokens), rule);
  }
  if (numberOf(maxTokens) > MOST_TOKENS) {
    return CONVERSE_ERRORS.ofModel(`The maximum tokens you requested exceeds the model limit of ${MOST_TOKENS}.`);
  }
  return temperature !== undefined && !(numberOf(temperature) >= 0 && numberOf(temperature) <= 1)
    ? CONVERSE_ERRORS.constraint(
        'inferenceConfig.temperature',
        textOfJson(temperature),
        'have value less than or equal to 1',
      )
    : undefined;
}

function checkSystem(system: unknown): ConverseError | undefined {
  if (system === undefined) return undefined;
  if (!Array.isArray(system)) return CONVERSE_ERRORS.value('system', 'a list');
  for (const [at, block] of system.entries()) {
    const keys = isObject(block) ? Object.keys(block) : [];
    if (keys.length !== 1 || !['text', 'cachePoint', 'guardContent'].includes(keys[0] ?? '')) {
      return CONVERSE_ERRORS.blockKind(`system.${at}`);
    }
    if (keys[0] === 'text' && textOfJson(block.text).trim() === '') return CONVERSE_ERRORS.blankText(`system.${at}`);
  }
  return undefined;
}

function checkTools(config: unknown): ConverseError | undefined {
  if (config === undefined) return undefined;
  const { tools, toolChoice: choice, ...rest } = isObject(config) ? config : {};
  const unknown = checkFields(rest, []);
  if (unknown !== undefined) return unknown;
  if (!Array.isArray(tools) || tools.length === 0) {
    return CONVERSE_ERRORS.constraint('toolConfig.tools', '[]', 'have length greater than or equal to 1');
  }
  const names = new Map<string, string>();
  for (const [index, tool] of tools.entries()) {
    const at = `toolConfig.tools.${index}`;
    const spec = isObject(tool) ? tool['toolSpec'] : undefined;
    if (!isObject(spec)) {
      if (isObject(tool) && isObject(tool['cachePoint'])) continue;
      return CONVERSE_ERRORS.value(at, 'one of the following: toolSpec, cachePoint');
    }
    const error = checkTool(spec, at, names);
    if (error !== undefined) return error;
  }
  return checkChoice(choice, names);
}

function checkTool(spec: JsonObject, at: string, names: Map<string, string>): ConverseError | undefined {
  const unknown = checkFields(spec, ['name', 'description', 'inputSchema', 'strict']);
  if (unknown !== undefined) return unknown;
  const { name, description, inputSchema } = spec;
  if (typeof name !== 'string' || !TOOL_NAME.test(name)) {
    const rule = 'satisfy regular expression pattern: [a-zA-Z0-9_-]+';
    return CONVERSE_ERRORS.constraint(`${at}.toolSpec.name`, textOfJson(name), rule);
  }
  const before = names.get(name);
  if (before !== undefined) return CONVERSE_ERRORS.repeatedTool(name, before);
  names.set(name, at);
  if (description === '') {
    return CONVERSE_ERRORS.constraint(`${at}.toolSpec.description`, '', 'have length greater than or equal to 1');
  }
  const schema = isObject(inputSchema) ? inputSchema['json'] : undefined;
  const path = `${at}.toolSpec.inputSchema.json`;
  if (!isObject(schema) || schema['type'] !== 'object') {
    return CONVERSE_ERRORS.value(`${path}.type`, 'one of the following: object');
  }
  const isUnion = ['oneOf', 'anyOf', 'allOf'].some((key) => key in schema);
  return isUnion
    ? CONVERSE_ERRORS.ofModel('input_schema does not support oneOf, allOf, or anyOf at the top level')
    : undefined;
}

function checkChoice(choice: unknown, names: ReadonlyMap<string, string>): ConverseError | undefined {
  if (choice === undefined) return undefined;
  const [kind, ...more] = isObject(choice) ? Object.keys(choice) : [];
  if (!isObject(choice) || more.length > 0 || !['auto', 'any', 'tool'].includes(kind ?? '')) {
    return CONVERSE_ERRORS.value('toolConfig.toolChoice', 'one of the following: auto, any, tool');
  }
  const named = isObject(choice['tool']) ? textOfJson(choice['tool']['name']) : undefined;
  return named === undefined || names.has(named)
    ? undefined
    : CONVERSE_ERRORS.value('toolConfig.toolChoice.tool.name', 'the name of a tool in toolConfig.tools');
}

const THINKING_FIELDS: Readonly<Record<string, readonly string[]>> = {
  adaptive: ['type', 'display'],
  enabled: ['type', 'budget_tokens'],
  between_tools: ['type', 'display'],
  disabled: ['type'],
};
const LEAST_BUDGET = 1024;

function checkThinking(body: JsonObject): ConverseError | undefined {
  const { thinking } = modelFields(body);
  if (thinking === undefined) return undefined;
  const known = isObject(thinking) ? ownValue(THINKING_FIELDS, textOfJson(thinking['type'])) : undefined;
  if (!isObject(thinking) || known === undefined) {
    return CONVERSE_ERRORS.ofModel(
      "thinking.type: Input should be 'adaptive', 'enabled', 'between_tools' or 'disabled'",
    );
  }
  const extra = Object.keys(thinking).find((field) => !known.includes(field));
  if (extra !== undefined) {
    return CONVERSE_ERRORS.ofModel(`thinking.${textOfJson(thinking['type'])}.${extra}: Extra inputs are not permitted`);
  }
  const { toolConfig, inferenceConfig } = body;
  const choice = isObject(toolConfig) ? toolConfig['toolChoice'] : undefined;
  if (thinking['type'] !== 'disabled' && isObject(choice) && choice['auto'] === undefined) {
    return CONVERSE_ERRORS.ofModel('Thinking may not be enabled when tool_choice forces tool use.');
  }
  if (thinking['type'] !== 'enabled') return undefined;
  const budget = numberOf(thinking['budget_tokens']);
  const maxTokens = isObject(inferenceConfig) ? inferenceConfig['maxTokens'] : undefined;
  if (!(budget >= LEAST_BUDGET)) {
    return CONVERSE_ERRORS.ofModel('thinking.enabled.budget_tokens: Input should be greater than or equal to 1024');
  }
  return maxTokens !== undefined && budget >= numberOf(maxTokens)
    ? CONVERSE_ERRORS.ofModel('`max_tokens` must be greater than `thinking.budget_tokens`.')
    : undefined;
}

function checkCachePoints(body: JsonObject, model: string): ConverseError | undefined {
  const config = isObject(body['toolConfig']) ? body['toolConfig'] : {};
  const places = [
    ...objectsOf(body['system']),
    ...objectsOf(config['tools']),
    ...objectsOf(body['messages']).flatMap((message) => objectsOf(message['content'])),
  ].filter((block) => block['cachePoint'] !== undefined);
  if (places.length > 0 && !isClaude(model) && !/nova/.test(model)) {
    return CONVERSE_ERRORS.ofModel('You invoked an unsupported model or your request did not allow prompt caching.');
  }
  return places.length > MOST_CACHE_POINTS
    ? CONVERSE_ERRORS.ofModel(`A maximum of 4 blocks with cache_control may be provided. Found ${places.length}.`)
    : undefined;
}
